import type { Catalogue } from "../catalogue.ts";

const NOT_YOU = "If this was not you, secure your account now: change your password and end all sessions.";

export const en: Catalogue = {
  greeting: "Hello {name},",
  linkHint: "If the button does not work, open this address in your browser:",
  footer: "Prismatic API sends this message because of an account or an invitation at {site}.",
  mails: {
    verify_email: {
      subject: "Confirm your e-mail address",
      heading: "Confirm your e-mail address",
      body: [
        "Somebody signed up at Prismatic API with this address. If it was you, confirm that the address is yours.",
      ],
      button: "Confirm address",
      after: [
        "The link is good until {expiresAt}.",
        "If it was not you, there is nothing to do: without the link there will be no account.",
      ],
    },
    sign_up_exists: {
      subject: "You already have an account",
      heading: "You already have an account",
      body: [
        "Somebody signed up at Prismatic API with this address, which has an account already. Nothing was changed. If it was you, sign in.",
      ],
      button: "Sign in",
      after: ["Forgotten your password? Choose a new one: {resetUrl}", "If it was not you, there is nothing to do."],
    },
    reset_password: {
      subject: "Choose a new password",
      heading: "Choose a new password",
      body: ["Somebody asked for a new password for your account. If it was you, choose one."],
      button: "Choose a new password",
      after: [
        "The link is good once, until {expiresAt}.",
        "If it was not you, there is nothing to do: your password stays as it is.",
      ],
    },
    confirm_email_change: {
      subject: "Confirm your new e-mail address",
      heading: "Confirm your new e-mail address",
      body: [
        "Your account at Prismatic API asked for its address to become {newAddress}. If it was you, confirm that the address is yours. You have to be signed in.",
      ],
      button: "Confirm new address",
      after: [
        "The link is good once, until {expiresAt}.",
        "If it was not you, there is nothing to do: without the link nothing changes.",
      ],
    },
    email_change_requested: {
      subject: "Your e-mail address is to be changed",
      heading: "Your e-mail address is to be changed",
      body: [
        "Somebody who is signed in to your account asked for its address to become {newAddress}. Nothing has changed yet: that address has to be confirmed first, until {expiresAt}.",
        "If it was you, there is nothing to do.",
      ],
      button: "This was not me: stop it",
      after: ["Stopping it ends every session of your account. Then choose a new password."],
    },
    email_change_taken: {
      subject: "Somebody wanted to use your e-mail address",
      heading: "Somebody wanted to use your e-mail address",
      body: [
        "Somebody wanted this address for another account at Prismatic API, but it is the address of yours. Nothing was changed. If it was you, sign in to the account that has it.",
      ],
      button: "Sign in",
      after: ["If it was not you, there is nothing to do."],
    },
    email_change_made: {
      subject: "Your e-mail address was changed",
      heading: "Your e-mail address was changed",
      body: [
        "On {changedAt} the address of your account was changed from {oldAddress} to {newAddress}.",
        "If it was you, there is nothing to do.",
      ],
      button: "This was not me: take it back",
      after: [
        "The link is good until {expiresAt}. It brings this address back and ends every session of your account. Then choose a new password.",
      ],
    },
    email_changed: {
      subject: "Your e-mail address was changed",
      heading: "Your e-mail address was changed",
      body: ["On {changedAt} the address of your account was changed from {oldAddress} to {newAddress}."],
      button: "Look at your account",
      after: [NOT_YOU],
    },
    password_changed: {
      subject: "Your password was changed",
      heading: "Your password was changed",
      body: ["On {changedAt} the password of your account was changed. All other sessions were ended."],
      button: "Look at your account",
      after: [NOT_YOU],
    },
    factor_changed: {
      subject: "Sign-in security changed: {change}",
      heading: "Your sign-in security was changed",
      body: ["On {changedAt} this was changed in your account: {change}."],
      button: "Look at your account",
      after: [NOT_YOU],
    },
    new_sign_in: {
      subject: "New sign-in to your account",
      heading: "New sign-in to your account",
      body: [
        "On {signedInAt} somebody signed in to your account from a device that we had not seen before.",
        "Device: {device}",
        "Place: {place}",
      ],
      button: "Look at your sessions",
      after: ["If this was you, there is nothing to do.", NOT_YOU],
    },
    invitation: {
      subject: "{inviter} invites you to {organization}",
      heading: "You are invited",
      body: ["{inviter} invites you to the organization {organization} at Prismatic API. Your role would be: {role}."],
      button: "See the invitation",
      after: ["The invitation is good until {expiresAt}.", "If you do not know who invites you, ignore this message."],
    },
    member_removed: {
      subject: "You are no longer a member of {organization}",
      heading: "You are no longer a member",
      body: [
        "On {removedAt} your membership of the organization {organization} ended. Your API keys of this organization have stopped.",
        "Your own account stays as it is.",
      ],
      button: null,
      after: ["If you think that this is a mistake, ask the organization's owner."],
    },
    guesses_stopped: {
      subject: "Too many wrong codes for your account",
      heading: "Too many wrong codes for your account",
      body: [
        "On {stoppedAt} we stopped somebody who tried too many wrong codes or passwords. Whoever it is has your password already, or an open session of yours. For a quarter of an hour nothing more is taken.",
      ],
      button: "Look at your account",
      after: ["If this was you, there is nothing to do.", NOT_YOU],
    },
    account_closing: {
      subject: "Your account will be closed",
      heading: "Your account will be closed",
      body: [
        "Your account was set to be closed. On {closesAt} it will be closed for good. Until then you can take it back.",
      ],
      button: "Keep the account",
      after: [NOT_YOU],
    },
    account_reopened: {
      subject: "Your account stays",
      heading: "Your account stays",
      body: [
        "On {reopenedAt} the closing of your account was taken back. The organizations that you owned alone are yours again. API keys stay revoked: create new ones. Other organizations have to invite you again.",
      ],
      button: "Go to your account",
      after: [NOT_YOU],
    },
    key_leaked: {
      subject: "An API key of {organization} was made public and is revoked",
      heading: "An API key was made public",
      body: [
        "The key {keyName} ({keyPrefix}…) of the organization {organization} was found where anybody can read it. It was revoked on {revokedAt}, and calls with it are refused.",
      ],
      button: "Create a new key",
      after: ["Take the key out of where it was published, and see in your usage whether somebody else has used it."],
    },
    webhook_disabled: {
      subject: "A webhook endpoint of {organization} was disabled",
      heading: "A webhook endpoint was disabled",
      body: [
        "The endpoint at {host} of the organization {organization} was disabled on {disabledAt}: it answered that it is gone (410), or had only failed for five days. It is told of nothing any more.",
      ],
      button: "See its deliveries",
      after: ["Mend the receiver, enable the endpoint, and replay what failed."],
    },
  },
  choices: {
    totp_added: "authenticator app added",
    totp_removed: "authenticator app removed",
    passkey_added: "passkey added",
    passkey_removed: "passkey removed",
    recovery_codes_replaced: "recovery codes replaced",
    recovery_code_used: "recovery code used",
    login_added: "sign-in with an account elsewhere added",
    login_removed: "sign-in with an account elsewhere removed",
    admin: "administrator",
    developer: "developer",
    billing: "billing",
    viewer: "viewer",
  },
};
