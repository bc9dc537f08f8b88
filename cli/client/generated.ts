// Generated from docs/openapi.json by dev/client/generate.ts; do not edit it.

export interface paths {
  "/auth/device": {
    /** startDeviceLogin: Begin a device login (RFC 8628): show the person `user_code` and the page, and poll with `device_code`. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          client_name: string;
          permissions?: ("organization.read" | "keys.read" | "keys.create_own" | "keys.create" | "keys.update_own" | "keys.update" | "budgets.update" | "provider_keys.read" | "provider_keys.manage" | "usage.read" | "billing.read" | "audit.read" | "webhooks.read" | "webhooks.manage")[];
        } } };
      responses: {
        201: { content: { "application/json": {
          device_code: string;
          user_code: string;
          verification_uri: string;
          expires_in: number;
          interval: number;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/device/approve": {
    /** approveDeviceLogin: Let the program behind a code act for you in an organization. It gets what it asked for, less what you leave out of `permissions` and what you may not. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          user_code: string;
          organization_id: string;
          permissions?: ("organization.read" | "keys.read" | "keys.create_own" | "keys.create" | "keys.update_own" | "keys.update" | "budgets.update" | "provider_keys.read" | "provider_keys.manage" | "usage.read" | "billing.read" | "audit.read" | "webhooks.read" | "webhooks.manage")[];
        } } };
      responses: {
        200: { content: { "application/json": {
          client_name: string;
          permissions: string[];
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/device/deny": {
    /** denyDeviceLogin: Turn the program behind a code down. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          user_code: string;
        } } };
      responses: {
        204: { content?: never };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/device/show": {
    /** showDeviceLogin: What the program behind a code says that it is, from where it asks, and what for. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          user_code: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          client_name: string;
          permissions: string[];
          ip_address: string | null;
          created_at: string;
          expires_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/device/token": {
    /** pollDeviceLogin: Ask for the management key of a device login. Until somebody lets the program in: `authorization_pending`, `slow_down`, `access_denied` or `expired_token`. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          device_code: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          id: string;
          key: string;
          name: string;
          organization_id: string;
          permissions: string[];
          expires_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/email/stop": {
    /** stopEmailChange: Stop a change of address with the token that the old address got, or take it back within seven days. Every session ends. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          token: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          status: "stopped" | "reversed";
          email: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/factor": {
    /** passFactor: Finish a sign-in with a code of the authenticator app, a recovery code or a passkey. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          code?: string;
          recovery_code?: string;
          passkey?: components["schemas"]["PasskeyAssertion"];
        } } };
      responses: {
        200: { content: { "application/json": {
          status: "passed";
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/passkey/options": {
    /** beginPasskeySignIn: What `navigator.credentials.get()` wants (PublicKeyCredentialRequestOptionsJSON): to sign in, to finish a sign-in, or to prove who you are. Good for five minutes and one signature. */
    post: {
      parameters: {};
      responses: {
        200: { content: { "application/json": {
          options: {
            challenge: string;
          };
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/passkey/sign-in": {
    /** signInWithPasskey: Sign in with a passkey. It asked who you are, so that it counts as both factors. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          credential: components["schemas"]["PasskeyAssertion"];
        } } };
      responses: {
        200: { content: { "application/json": {
          user_id: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/password/change": {
    /** changePassword: Change the password. Every other session ends, and the change is mailed (S9). */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          current: string;
          password: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          status: "changed";
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/password/forgot": {
    /** forgotPassword: Have a link mailed with which a new password can be set. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          email: string;
        } } };
      responses: {
        202: { content: { "application/json": {
          status: "sent_if_known";
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/password/reset": {
    /** resetPassword: Set a new password with the token of the mailed link. Every session ends. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          token: string;
          password: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          status: "reset";
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/prove": {
    /** prove: Prove again who you are, before something that wants it: a passkey, or the password and the second factor where there is one. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          password?: string;
          code?: string;
          recovery_code?: string;
          passkey?: components["schemas"]["PasskeyAssertion"];
        } } };
      responses: {
        200: { content: { "application/json": {
          status: "proved";
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/providers": {
    /** listSignInProviders: With which accounts elsewhere one can sign in here. */
    get: {
      parameters: {};
      responses: {
        200: { content: { "application/json": {
          data: ({
            provider: "google" | "github";
          })[];
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/providers/begin": {
    /** beginProviderSignIn: Where to send the browser to sign in with an account elsewhere; with `sign_up`, where there is no account here yet, one is made. Good for ten minutes, in this browser. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          provider: "google" | "github";
          sign_up?: {
            adult: true;
            policy_version: string;
            locale?: string;
            time_zone?: string;
          };
        } } };
      responses: {
        200: { content: { "application/json": {
          url: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/providers/finish": {
    /** finishProviderSignIn: Finish a sign-in with an account elsewhere, with what its redirect brought. Where there is a second factor, the session is of no use before it. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          provider: "google" | "github";
          code: string;
          state: string;
          iss?: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          user_id: string;
          factor_required: boolean;
          is_new: boolean;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/reopen": {
    /** reopenAccount: Take the closing of your account back, with the password and the second factor where there is one. Nobody is signed in by it. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          email: string;
          password: string;
          code?: string;
          recovery_code?: string;
          passkey?: components["schemas"]["PasskeyAssertion"];
        } } };
      responses: {
        200: { content: { "application/json": {
          status: "reopened";
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/session": {
    /** getSession: Who is signed in, and what is still missing. */
    get: {
      parameters: {};
      responses: {
        200: { content: { "application/json": {
          id: string;
          user: {
            id: string;
            name: string;
            email: string;
            has_factor: boolean;
            factors: ("app" | "passkey")[];
          };
          factor_required: boolean;
          is_fresh: boolean;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/sign-in": {
    /** signIn: Sign in with address and password. Where there is a second factor, the session is of no use before it. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          email: string;
          password: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          user_id: string;
          factor_required: boolean;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/sign-out": {
    /** signOut: End this session. */
    post: {
      parameters: {};
      responses: {
        204: { content?: never };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/sign-up": {
    /** signUp: Make an account. A link to confirm the address is mailed. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          name: string;
          email: string;
          password: string;
          adult: true;
          policy_version: string;
          locale?: string;
          time_zone?: string;
        } } };
      responses: {
        202: { content: { "application/json": {
          status: "verification_sent";
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/auth/verify-email": {
    /** verifyEmail: Confirm the address with the token of the mailed link and the account's password. Nobody is signed in by it. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          token: string;
          password: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          status: "verified";
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/invitations/accept": {
    /** acceptInvitation: Accept an invitation with the token of its link. It has to be for the address of your account. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          token: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          organization_id: string;
          member_id: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/management-key": {
    /** getOwnManagementKey: Which management key asks, and what it may now: not what its maker no longer may. */
    get: {
      parameters: {};
      responses: {
        200: { content: { "application/json": {
          id: string;
          name: string;
          organization: {
            id: string;
            name: string;
          };
          member_id: string;
          permissions: string[];
          expires_at: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** revokeOwnManagementKey: Revoke the management key that asks: how a program signs out. */
    delete: {
      parameters: {};
      responses: {
        204: { content?: never };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/me": {
    /** getMe: Your account and its preferences. */
    get: {
      parameters: {};
      responses: {
        200: { content: { "application/json": {
          id: string;
          name: string;
          email: string;
          email_verified: boolean;
          locale: string;
          theme: "system" | "light" | "dark";
          currency: string;
          time_zone: string;
          policy_version: string;
          created_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** updateMe: Change your name and preferences. */
    patch: {
      parameters: {};
      requestBody: { content: { "application/json": {
          name?: string;
          locale?: string;
          theme?: "system" | "light" | "dark";
          currency?: string;
          time_zone?: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          id: string;
          name: string;
          email: string;
          email_verified: boolean;
          locale: string;
          theme: "system" | "light" | "dark";
          currency: string;
          time_zone: string;
          policy_version: string;
          created_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/me/close": {
    /** closeAccount: Close your account, and the organizations that you own alone. Sessions, memberships and keys stop at once; for thirty days it can be taken back. */
    post: {
      parameters: {};
      responses: {
        200: { content: { "application/json": {
          closes_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/me/email": {
    /** requestEmailChange: Change your address. A link to confirm it is mailed to the new one, one to stop it to the old. It takes the place of a change that waits. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          email: string;
        } } };
      responses: {
        202: { content: { "application/json": {
          status: "confirmation_sent";
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/me/email/confirm": {
    /** confirmEmailChange: Make the change of address with the token that the new address got. Other sessions end; the old address can take it back for seven days. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          token: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          email: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/me/factor": {
    /** beginFactor: Set up an authenticator app. It guards nothing before its first code was confirmed. */
    post: {
      parameters: {};
      responses: {
        201: { content: { "application/json": {
          secret: string;
          uri: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** removeFactor: Take the authenticator app away, with its recovery codes. Other sessions end (S9). */
    delete: {
      parameters: {};
      responses: {
        204: { content?: never };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/me/factor/confirm": {
    /** confirmFactor: Confirm the authenticator app with its first code. The recovery codes are shown this once; other sessions end (S9). */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          code: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          recovery_codes: string[];
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/me/logins": {
    /** listLogins: The accounts elsewhere that you sign in with. */
    get: {
      parameters: {};
      responses: {
        200: { content: { "application/json": {
          data: {
            id: string;
            provider: string;
            created_at: string;
          }[];
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** addLogin: Add an account elsewhere as a way to sign in, with what its redirect brought. It is mailed. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          provider: "google" | "github";
          code: string;
          state: string;
          iss?: string;
        } } };
      responses: {
        201: { content: { "application/json": {
          id: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/me/logins/begin": {
    /** beginLogin: Where to send the browser to add an account elsewhere as a way to sign in. Good for ten minutes, in this session. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          provider: "google" | "github";
        } } };
      responses: {
        200: { content: { "application/json": {
          url: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/me/logins/{login}": {
    /** removeLogin: Sign in with that account elsewhere no more. Other sessions end, and it is mailed. */
    delete: {
      parameters: {
        path: {
          login: string;
        };
      };
      responses: {
        204: { content?: never };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/me/passkeys": {
    /** listPasskeys: Your passkeys. */
    get: {
      parameters: {};
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            name: string;
            is_synced: boolean;
            created_at: string;
            used_at: string | null;
          })[];
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** addPasskey: Add the passkey that a browser made. Other sessions end (S9). With the first factor the recovery codes are shown this once. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          name: string;
          credential: components["schemas"]["PasskeyAttestation"];
        } } };
      responses: {
        201: { content: { "application/json": {
          id: string;
          recovery_codes: string[] | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/me/passkeys/options": {
    /** beginPasskey: What `navigator.credentials.create()` wants (PublicKeyCredentialCreationOptionsJSON). Good for five minutes and one passkey. */
    post: {
      parameters: {};
      responses: {
        200: { content: { "application/json": {
          options: {
            challenge: string;
          };
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/me/passkeys/{passkey}": {
    /** renamePasskey: Call a passkey something else. */
    patch: {
      parameters: {
        path: {
          passkey: string;
        };
      };
      requestBody: { content: { "application/json": {
          name: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          id: string;
          name: string;
          is_synced: boolean;
          created_at: string;
          used_at: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** removePasskey: Take a passkey away; with the last factor the recovery codes go too. Other sessions end (S9). */
    delete: {
      parameters: {
        path: {
          passkey: string;
        };
      };
      responses: {
        204: { content?: never };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/me/security-events": {
    /** listSecurityEvents: What happened to your account: sign-ins, and changes of what guards it. */
    get: {
      parameters: {};
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            kind: string;
            occurred_at: string;
            ip_address: string | null;
            user_agent: string | null;
            country: string | null;
          })[];
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/me/sessions": {
    /** listSessions: Where you are signed in. */
    get: {
      parameters: {};
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            is_current: boolean;
            created_at: string;
            used_at: string;
            ip_address: string | null;
            user_agent: string | null;
          })[];
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** endOtherSessions: End all of your sessions but this one. */
    delete: {
      parameters: {};
      responses: {
        204: { content?: never };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/me/sessions/{session}": {
    /** endSession: End one of your sessions. */
    delete: {
      parameters: {
        path: {
          session: string;
        };
      };
      responses: {
        204: { content?: never };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/operator": {
    /** getOperator: What you may do as one of the platform's operators. */
    get: {
      parameters: {};
      responses: {
        200: { content: { "application/json": {
          user_id: string;
          role: "support" | "finance" | "admin";
          permissions: string[];
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/operator/adjustments": {
    /** listAdjustments: Adjustments of wallets that were proposed, newest first, and what became of them. */
    get: {
      parameters: {
        query?: {
          cursor?: string;
          limit?: number;
        };
      };
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            org_id: string;
            difference_id: string;
            amount_usd: string;
            reason: string;
            status: "pending" | "expired" | "approved" | "rejected";
            proposed_by: string;
            created_at: string;
            expires_at: string;
            decided_by: string | null;
            decided_at: string | null;
            adjustment_id: string | null;
          })[];
          next_cursor: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** proposeAdjustment: Ask another operator to close a difference by giving the wallet an amount (docs/reconcile.md). */
    post: {
      parameters: {
        header?: {
          "Idempotency-Key"?: string;
        };
      };
      requestBody: { content: { "application/json": {
          org_id: string;
          difference_id: string;
          amount_usd: string;
          reason: string;
        } } };
      responses: {
        201: { content: { "application/json": {
          id: string;
          org_id: string;
          difference_id: string;
          amount_usd: string;
          reason: string;
          status: "pending" | "expired" | "approved" | "rejected";
          proposed_by: string;
          created_at: string;
          expires_at: string;
          decided_by: string | null;
          decided_at: string | null;
          adjustment_id: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/operator/adjustments/{proposal}/approve": {
    /** approveAdjustment: Approve and post what another operator proposed. */
    post: {
      parameters: {
        path: {
          proposal: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          id: string;
          org_id: string;
          difference_id: string;
          amount_usd: string;
          reason: string;
          status: "pending" | "expired" | "approved" | "rejected";
          proposed_by: string;
          created_at: string;
          expires_at: string;
          decided_by: string | null;
          decided_at: string | null;
          adjustment_id: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/operator/adjustments/{proposal}/reject": {
    /** rejectAdjustment: Turn a proposal down. */
    post: {
      parameters: {
        path: {
          proposal: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          id: string;
          org_id: string;
          difference_id: string;
          amount_usd: string;
          reason: string;
          status: "pending" | "expired" | "approved" | "rejected";
          proposed_by: string;
          created_at: string;
          expires_at: string;
          decided_by: string | null;
          decided_at: string | null;
          adjustment_id: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/operator/audit": {
    /** listOperatorAudit: What operators did, newest first, in whatever organization. */
    get: {
      parameters: {
        query?: {
          cursor?: string;
          limit?: number;
        };
      };
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            occurred_at: string;
            actor: {
              kind: string;
              id: string | null;
            };
            action: string;
            target_id: string | null;
            details: Record<string, unknown>;
            request_id: string | null;
            ip_address: string | null;
            user_agent: string | null;
            org_id: string | null;
          })[];
          next_cursor: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/operator/differences": {
    /** listDifferences: What Account objects and the ledger disagree about and nobody has closed yet, newest first. */
    get: {
      parameters: {
        query?: {
          cursor?: string;
          limit?: number;
        };
      };
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            org_id: string;
            kind: string;
            amount_usd: string;
            balance_usd: string;
            receipt_id: string | null;
            transaction_id: string | null;
            found_at: string;
          })[];
          next_cursor: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/operator/organizations": {
    /** listAllOrganizations: All organizations, newest first; or those of an id, with a text in their name, or with a member of an e-mail address. */
    get: {
      parameters: {
        query?: {
          cursor?: string;
          limit?: number;
          query?: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            name: string;
            region: "global" | "eu";
            status: "active" | "suspended";
            status_reason: string | null;
            created_at: string;
            wallet_usd: string;
          })[];
          next_cursor: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/operator/organizations/{org}": {
    /** getAnyOrganization: An organization: its state, and what its wallet has in the ledger. */
    get: {
      parameters: {
        path: {
          org: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          id: string;
          name: string;
          region: "global" | "eu";
          status: "active" | "suspended";
          status_reason: string | null;
          created_at: string;
          wallet_usd: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/operator/organizations/{org}/resume": {
    /** resumeOrganization: Let a suspended organization go on. */
    post: {
      parameters: {
        path: {
          org: string;
        };
      };
      requestBody: { content: { "application/json": {
          reason: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          id: string;
          name: string;
          region: "global" | "eu";
          status: "active" | "suspended";
          status_reason: string | null;
          created_at: string;
          wallet_usd: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/operator/organizations/{org}/suspend": {
    /** suspendOrganization: Refuse an organization's calls, until it is resumed. */
    post: {
      parameters: {
        path: {
          org: string;
        };
      };
      requestBody: { content: { "application/json": {
          reason: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          id: string;
          name: string;
          region: "global" | "eu";
          status: "active" | "suspended";
          status_reason: string | null;
          created_at: string;
          wallet_usd: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/operator/prices": {
    /** getPrices: What operators have set over the catalogue's prices, and what that changes now and later. */
    get: {
      parameters: {};
      responses: {
        200: { content: { "application/json": {
          version: number;
          reason: string | null;
          set_at: string | null;
          changes: ({
            endpoint: string;
            model: string;
            at: string;
            unit: string;
            before: {
              usd: string;
              per: number;
              tiers: {
                from_input_tokens: number;
                usd: string;
                per: number;
              }[];
            } | null;
            after: {
              usd: string;
              per: number;
              tiers: {
                from_input_tokens: number;
                usd: string;
                per: number;
              }[];
            } | null;
            list: {
              usd: string;
              per: number;
              tiers: {
                from_input_tokens: number;
                usd: string;
                per: number;
              }[];
            } | null;
            below_list: boolean;
          })[];
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** setPrices: Set the prices that were previewed, all at once, in the place of all that were set before. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          base_version: number;
          digest: string;
          entries: ({
            endpoint: string;
            from: string | null;
            daily?: {
              from_ms: number;
              until_ms: number;
            };
            prices: {
              input?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              cached_read?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              cache_write_5m?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              cache_write_1h?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              output?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              reasoning?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              audio_in?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              audio_cached_read?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              audio_out?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              image_in?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              image_out?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              images?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              video_ms?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              characters?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              audio_ms?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              searches?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              calls?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
            };
            source: {
              url: string;
              checked: string;
            } | null;
          })[];
          reason: string;
          accept_below_list?: boolean;
        } } };
      responses: {
        201: { content: { "application/json": {
          version: number;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/operator/prices/preview": {
    /** previewPrices: What these prices would change, at every instant at which one begins. Sets nothing. */
    post: {
      parameters: {};
      requestBody: { content: { "application/json": {
          entries: ({
            endpoint: string;
            from: string | null;
            daily?: {
              from_ms: number;
              until_ms: number;
            };
            prices: {
              input?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              cached_read?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              cache_write_5m?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              cache_write_1h?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              output?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              reasoning?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              audio_in?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              audio_cached_read?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              audio_out?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              image_in?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              image_out?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              images?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              video_ms?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              characters?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              audio_ms?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              searches?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
              calls?: {
                usd: string;
                per: number;
                tiers?: {
                  from_input_tokens: number;
                  usd: string;
                  per: number;
                }[];
              };
            };
            source: {
              url: string;
              checked: string;
            } | null;
          })[];
        } } };
      responses: {
        200: { content: { "application/json": {
          base_version: number;
          digest: string;
          changes: ({
            endpoint: string;
            model: string;
            at: string;
            unit: string;
            before: {
              usd: string;
              per: number;
              tiers: {
                from_input_tokens: number;
                usd: string;
                per: number;
              }[];
            } | null;
            after: {
              usd: string;
              per: number;
              tiers: {
                from_input_tokens: number;
                usd: string;
                per: number;
              }[];
            } | null;
            list: {
              usd: string;
              per: number;
              tiers: {
                from_input_tokens: number;
                usd: string;
                per: number;
              }[];
            } | null;
            below_list: boolean;
          })[];
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/operator/provider-stops": {
    /** getProviderStops: Which providers and endpoints operators keep calls from. */
    get: {
      parameters: {};
      responses: {
        200: { content: { "application/json": {
          version: number;
          targets: string[];
          reason: string | null;
          set_at: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** setProviderStops: Keep calls from these providers and endpoints, and from no others. An empty list lifts all stops. */
    put: {
      parameters: {};
      requestBody: { content: { "application/json": {
          base_version: number;
          targets: string[];
          reason: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          version: number;
          targets: string[];
          reason: string | null;
          set_at: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations": {
    /** listOrganizations: The organizations that you are a member of, and as what. */
    get: {
      parameters: {};
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            name: string;
            status: "active" | "suspended";
            role: "owner" | "admin" | "developer" | "billing" | "viewer";
            member_id: string;
          })[];
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** createOrganization: Make an organization; you are its owner. Its region cannot be changed later: keys carry it. */
    post: {
      parameters: {
        header?: {
          "Idempotency-Key"?: string;
        };
      };
      requestBody: { content: { "application/json": {
          name: string;
          region?: "global" | "eu";
          time_zone?: string;
        } } };
      responses: {
        201: { content: { "application/json": {
          id: string;
          member_id: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}": {
    /** getOrganization: An organization and its settings. Its `ETag` is the version to change it from. */
    get: {
      parameters: {
        path: {
          org: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          id: string;
          name: string;
          region: "global" | "eu";
          status: "active" | "suspended";
          data_collection: "allow" | "deny";
          zdr: boolean;
          regions: string[] | null;
          providers_only: string[] | null;
          providers_ignore: string[] | null;
          models: string[] | null;
          ip_allow: string[] | null;
          strict: boolean;
          time_zone: string;
          require_factor: boolean;
          created_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** updateOrganization: Change an organization's settings, from the version that `If-Match` names. */
    patch: {
      parameters: {
        header: {
          "If-Match": string;
        };
        path: {
          org: string;
        };
      };
      requestBody: { content: { "application/json": {
          name?: string;
          data_collection?: "allow" | "deny";
          zdr?: boolean;
          regions?: string[] | null;
          providers_only?: string[] | null;
          providers_ignore?: string[] | null;
          models?: string[] | null;
          ip_allow?: string[] | null;
          strict?: boolean;
          time_zone?: string;
          require_factor?: boolean;
        } } };
      responses: {
        200: { content: { "application/json": {
          id: string;
          name: string;
          region: "global" | "eu";
          status: "active" | "suspended";
          data_collection: "allow" | "deny";
          zdr: boolean;
          regions: string[] | null;
          providers_only: string[] | null;
          providers_ignore: string[] | null;
          models: string[] | null;
          ip_allow: string[] | null;
          strict: boolean;
          time_zone: string;
          require_factor: boolean;
          created_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/audit": {
    /** listAuditEntries: Who changed what, newest first. */
    get: {
      parameters: {
        query?: {
          cursor?: string;
          limit?: number;
        };
        path: {
          org: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            occurred_at: string;
            actor: {
              kind: string;
              id: string | null;
            };
            action: string;
            target_id: string | null;
            details: Record<string, unknown>;
            request_id: string | null;
            ip_address: string | null;
            user_agent: string | null;
          })[];
          next_cursor: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/budget-alerts": {
    /** listBudgetAlerts: When budgets, keys' own among them, passed 50, 80 and 100 %, newest first. */
    get: {
      parameters: {
        query?: {
          cursor?: string;
          limit?: number;
        };
        path: {
          org: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            occurred_at: string;
            scope: string;
            period: "day" | "week" | "month" | "total";
            period_name: string;
            percent: number;
            limit_usd: string;
            spent_usd: string;
          })[];
          next_cursor: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/budgets": {
    /** listBudgets: The limits that several keys share: of the organization, of members, of tags. A key's own is the key's. */
    get: {
      parameters: {
        query?: {
          cursor?: string;
          limit?: number;
        };
        path: {
          org: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          data: ({
            scope: string;
            limits: ({
              period: "day" | "week" | "month" | "total";
              limit_usd: string;
            })[];
          })[];
          next_cursor: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/budgets/{scope}": {
    /** setBudget: Give a scope these limits instead of those it has; an empty list lifts them. A lower one holds from the next call on. */
    put: {
      parameters: {
        path: {
          org: string;
          scope: string;
        };
      };
      requestBody: { content: { "application/json": {
          limits: ({
            period: "day" | "week" | "month" | "total";
            limit_usd: string;
          })[];
        } } };
      responses: {
        200: { content: { "application/json": {
          scope: string;
          limits: ({
            period: "day" | "week" | "month" | "total";
            limit_usd: string;
          })[];
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/invitations": {
    /** listInvitations: Invitations that can still be accepted. */
    get: {
      parameters: {
        path: {
          org: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            email: string;
            role: "owner" | "admin" | "developer" | "billing" | "viewer";
            expires_at: string;
            created_at: string;
          })[];
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** createInvitation: Invite somebody by e-mail. Only an account with that address can accept. */
    post: {
      parameters: {
        header?: {
          "Idempotency-Key"?: string;
        };
        path: {
          org: string;
        };
      };
      requestBody: { content: { "application/json": {
          email: string;
          role: "admin" | "developer" | "billing" | "viewer";
        } } };
      responses: {
        201: { content: { "application/json": {
          id: string;
          expires_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/invitations/{invitation}": {
    /** revokeInvitation: Take an invitation back. */
    delete: {
      parameters: {
        path: {
          org: string;
          invitation: string;
        };
      };
      responses: {
        204: { content?: never };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/keys": {
    /** listKeys: The organization's keys, newest first; revoked ones among them. */
    get: {
      parameters: {
        query?: {
          cursor?: string;
          limit?: number;
        };
        path: {
          org: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            name: string;
            prefix: string;
            last_four: string;
            mode: "live" | "test";
            status: "active" | "disabled" | "revoked";
            scopes: string[];
            models: string[] | null;
            ip_allow: string[] | null;
            expires_at: string | null;
            requests_per_minute: number | null;
            tokens_per_minute: number | null;
            concurrency: number | null;
            budget: {
              limit_usd: string;
              period: "day" | "week" | "month" | "total";
            } | null;
            strict: boolean;
            member_id: string | null;
            tags: string[];
            created_at: string;
          })[];
          next_cursor: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** createKey: Make an API key. It is shown in this answer and never again. */
    post: {
      parameters: {
        header?: {
          "Idempotency-Key"?: string;
        };
        path: {
          org: string;
        };
      };
      requestBody: { content: { "application/json": {
          scopes?: ("inference" | "models:read" | "account:read")[];
          models?: string[] | null;
          ip_allow?: string[] | null;
          expires_at?: string | null;
          requests_per_minute?: number | null;
          tokens_per_minute?: number | null;
          concurrency?: number | null;
          budget?: {
            limit_usd: string;
            period: "day" | "week" | "month" | "total";
          } | null;
          strict?: boolean;
          tags?: string[];
          mode?: "live" | "test";
          member_id?: string;
          name: string;
        } } };
      responses: {
        201: { content: { "application/json": {
          id: string;
          name: string;
          prefix: string;
          last_four: string;
          mode: "live" | "test";
          status: "active" | "disabled" | "revoked";
          scopes: string[];
          models: string[] | null;
          ip_allow: string[] | null;
          expires_at: string | null;
          requests_per_minute: number | null;
          tokens_per_minute: number | null;
          concurrency: number | null;
          budget: {
            limit_usd: string;
            period: "day" | "week" | "month" | "total";
          } | null;
          strict: boolean;
          member_id: string | null;
          tags: string[];
          created_at: string;
          key: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/keys/stop": {
    /** stopKeys: Disable all API keys at once; with `management_keys` revoke those too. Stops 10000 at most: ask again while as many are answered. */
    post: {
      parameters: {
        path: {
          org: string;
        };
      };
      requestBody: { content: { "application/json": {
          management_keys?: boolean;
        } } };
      responses: {
        200: { content: { "application/json": {
          disabled: number;
          revoked_management_keys: number;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/keys/{key}": {
    /** getKey: One key and what it may do. */
    get: {
      parameters: {
        path: {
          org: string;
          key: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          id: string;
          name: string;
          prefix: string;
          last_four: string;
          mode: "live" | "test";
          status: "active" | "disabled" | "revoked";
          scopes: string[];
          models: string[] | null;
          ip_allow: string[] | null;
          expires_at: string | null;
          requests_per_minute: number | null;
          tokens_per_minute: number | null;
          concurrency: number | null;
          budget: {
            limit_usd: string;
            period: "day" | "week" | "month" | "total";
          } | null;
          strict: boolean;
          member_id: string | null;
          tags: string[];
          created_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** updateKey: Change what a key may do, or switch it off and on, from the version that `If-Match` names. */
    patch: {
      parameters: {
        header: {
          "If-Match": string;
        };
        path: {
          org: string;
          key: string;
        };
      };
      requestBody: { content: { "application/json": {
          name?: string;
          scopes?: ("inference" | "models:read" | "account:read")[];
          models?: string[] | null;
          ip_allow?: string[] | null;
          expires_at?: string | null;
          requests_per_minute?: number | null;
          tokens_per_minute?: number | null;
          concurrency?: number | null;
          budget?: {
            limit_usd: string;
            period: "day" | "week" | "month" | "total";
          } | null;
          strict?: boolean;
          tags?: string[];
          status?: "active" | "disabled";
        } } };
      responses: {
        200: { content: { "application/json": {
          id: string;
          name: string;
          prefix: string;
          last_four: string;
          mode: "live" | "test";
          status: "active" | "disabled" | "revoked";
          scopes: string[];
          models: string[] | null;
          ip_allow: string[] | null;
          expires_at: string | null;
          requests_per_minute: number | null;
          tokens_per_minute: number | null;
          concurrency: number | null;
          budget: {
            limit_usd: string;
            period: "day" | "week" | "month" | "total";
          } | null;
          strict: boolean;
          member_id: string | null;
          tags: string[];
          created_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/keys/{key}/revoke": {
    /** revokeKey: Revoke a key for good. It is refused everywhere when the leases that knew it have ended, in seconds. */
    post: {
      parameters: {
        path: {
          org: string;
          key: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          id: string;
          name: string;
          prefix: string;
          last_four: string;
          mode: "live" | "test";
          status: "active" | "disabled" | "revoked";
          scopes: string[];
          models: string[] | null;
          ip_allow: string[] | null;
          expires_at: string | null;
          requests_per_minute: number | null;
          tokens_per_minute: number | null;
          concurrency: number | null;
          budget: {
            limit_usd: string;
            period: "day" | "week" | "month" | "total";
          } | null;
          strict: boolean;
          member_id: string | null;
          tags: string[];
          created_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/keys/{key}/rotate": {
    /** rotateKey: Make a key's successor, which may do the same. The old one goes on for the overlap, a day unless said otherwise. */
    post: {
      parameters: {
        header?: {
          "Idempotency-Key"?: string;
        };
        path: {
          org: string;
          key: string;
        };
      };
      requestBody: { content: { "application/json": {
          overlap_seconds?: number;
        } } };
      responses: {
        201: { content: { "application/json": {
          id: string;
          key: string;
          old_expires_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/leave": {
    /** leaveOrganization: Leave an organization. Your keys in it are revoked. Its owner hands it over first. */
    post: {
      parameters: {
        path: {
          org: string;
        };
      };
      responses: {
        204: { content?: never };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/management-keys": {
    /** listManagementKeys: The organization's management keys, newest first; revoked ones among them. */
    get: {
      parameters: {
        query?: {
          cursor?: string;
          limit?: number;
        };
        path: {
          org: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            name: string;
            prefix: string;
            last_four: string;
            permissions: string[];
            created_by: string;
            created_at: string;
            expires_at: string | null;
            revoked_at: string | null;
            last_used_at: string | null;
          })[];
          next_cursor: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** createManagementKey: Make a management key. It is shown in this answer and never again, and acts for you. */
    post: {
      parameters: {
        header?: {
          "Idempotency-Key"?: string;
        };
        path: {
          org: string;
        };
      };
      requestBody: { content: { "application/json": {
          name: string;
          permissions: ("organization.read" | "keys.read" | "keys.create_own" | "keys.create" | "keys.update_own" | "keys.update" | "budgets.update" | "provider_keys.read" | "provider_keys.manage" | "usage.read" | "billing.read" | "audit.read" | "webhooks.read" | "webhooks.manage")[];
          expires_at?: string | null;
        } } };
      responses: {
        201: { content: { "application/json": {
          id: string;
          name: string;
          prefix: string;
          last_four: string;
          permissions: string[];
          created_by: string;
          created_at: string;
          expires_at: string | null;
          revoked_at: string | null;
          last_used_at: string | null;
          key: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/management-keys/{management_key}": {
    /** revokeManagementKey: Revoke a management key for good, at once. */
    delete: {
      parameters: {
        path: {
          org: string;
          management_key: string;
        };
      };
      responses: {
        204: { content?: never };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/members": {
    /** listMembers: Who is a member, and as what. */
    get: {
      parameters: {
        query?: {
          cursor?: string;
          limit?: number;
        };
        path: {
          org: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            role: "owner" | "admin" | "developer" | "billing" | "viewer";
            name: string | null;
            email: string | null;
            joined_at: string;
          })[];
          next_cursor: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/members/{member}": {
    /** updateMember: Give a member another role, of those below your own. */
    patch: {
      parameters: {
        path: {
          org: string;
          member: string;
        };
      };
      requestBody: { content: { "application/json": {
          role: "owner" | "admin" | "developer" | "billing" | "viewer";
        } } };
      responses: {
        200: { content: { "application/json": {
          id: string;
          role: "owner" | "admin" | "developer" | "billing" | "viewer";
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** removeMember: Remove a member. Their keys are revoked, their pending invitations taken back. */
    delete: {
      parameters: {
        path: {
          org: string;
          member: string;
        };
      };
      responses: {
        204: { content?: never };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/provider-keys": {
    /** listProviderKeys: At which providers the organization has a key of its own. The keys themselves nobody can read. */
    get: {
      parameters: {
        path: {
          org: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          data: ({
            provider: string;
            mode: "first" | "only";
            created_at: string;
            updated_at: string;
          })[];
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/provider-keys/{provider}": {
    /** putProviderKey: Have calls at a provider made with the organization's own key there, in the place of the one before. */
    put: {
      parameters: {
        path: {
          org: string;
          provider: string;
        };
      };
      requestBody: { content: { "application/json": {
          secret: string;
          mode: "first" | "only";
        } } };
      responses: {
        200: { content: { "application/json": {
          provider: string;
          mode: "first" | "only";
          created_at: string;
          updated_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** removeProviderKey: Remove the organization's own key at a provider. Calls go on with ours. */
    delete: {
      parameters: {
        path: {
          org: string;
          provider: string;
        };
      };
      responses: {
        204: { content?: never };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/receipts": {
    /** listReceipts: The receipts of calls that began in a range, newest first, as they stand after corrections. */
    get: {
      parameters: {
        query?: {
          from?: string;
          to?: string;
          time_zone?: string;
          key?: string;
          member?: string;
          tag?: string;
          model?: string;
          provider?: string;
          status?: number;
          mode?: "live" | "test";
          cursor?: string;
          limit?: number;
        };
        path: {
          org: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            created_at: string;
            key_id: string;
            mode: "live" | "test";
            operation: string;
            streamed: boolean;
            model: string;
            provider: string | null;
            endpoint: string | null;
            status: number;
            outcome: string;
            error_code: string | null;
            kind: string;
            units: Record<string, number>;
            price_version: string;
            held_usd: string;
            cost_usd: string;
            upstream_cost_usd: string;
            attempts: ({
              endpoint: string;
              provider: string;
              status: number | null;
              code: string | null;
              duration_ms: number;
            })[];
            first_byte_ms: number | null;
            duration_ms: number;
            flags: string[];
            guardrails: Record<string, number> | null;
            corrections: number;
          })[];
          next_cursor: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/receipts/export": {
    /** exportReceipts: The receipts of a range as CSV (RFC 4180), newest first. A last line whose first cell is `incomplete` says that it was cut off, and why. */
    get: {
      parameters: {
        query?: {
          from?: string;
          to?: string;
          time_zone?: string;
          key?: string;
          member?: string;
          tag?: string;
          model?: string;
          provider?: string;
          status?: number;
          mode?: "live" | "test";
        };
        path: {
          org: string;
        };
      };
      responses: {
        200: { content: { "text/csv": string } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/receipts/{receipt}": {
    /** getReceipt: The receipt of one call, some seconds after its end: then it is in the ledger. */
    get: {
      parameters: {
        path: {
          org: string;
          receipt: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          id: string;
          created_at: string;
          key_id: string;
          mode: "live" | "test";
          operation: string;
          streamed: boolean;
          model: string;
          provider: string | null;
          endpoint: string | null;
          status: number;
          outcome: string;
          error_code: string | null;
          kind: string;
          units: Record<string, number>;
          price_version: string;
          held_usd: string;
          cost_usd: string;
          upstream_cost_usd: string;
          attempts: ({
            endpoint: string;
            provider: string;
            status: number | null;
            code: string | null;
            duration_ms: number;
          })[];
          first_byte_ms: number | null;
          duration_ms: number;
          flags: string[];
          guardrails: Record<string, number> | null;
          corrections: number;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/transfer": {
    /** transferOrganization: Hand the organization over to another member; you become an admin. */
    post: {
      parameters: {
        path: {
          org: string;
        };
      };
      requestBody: { content: { "application/json": {
          member_id: string;
        } } };
      responses: {
        200: { content: { "application/json": {
          owner_member_id: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/usage": {
    /** queryUsage: Sums of calls, tokens and cost by time and group, corrections included. Buckets and groups without calls are left out. */
    get: {
      parameters: {
        query?: {
          from?: string;
          to?: string;
          time_zone?: string;
          bucket?: "hour" | "day" | "week" | "month" | "none";
          group_by?: "key" | "model" | "provider" | "member" | "tag" | "status" | "none";
          key?: string;
          member?: string;
          tag?: string;
          model?: string;
          provider?: string;
          status?: number;
          mode?: "live" | "test";
        };
        path: {
          org: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          from: string;
          to: string;
          time_zone: string;
          bucket: "hour" | "day" | "week" | "month" | "none";
          group_by: "key" | "model" | "provider" | "member" | "tag" | "status" | "none";
          data: ({
            start: string;
            end: string;
            group: string | null;
            calls: number;
            failed_calls: number;
            input_tokens: number;
            cached_tokens: number;
            output_tokens: number;
            reasoning_tokens: number;
            cost_usd: string;
            upstream_cost_usd: string;
          })[];
          totals: {
            calls: number;
            failed_calls: number;
            input_tokens: number;
            cached_tokens: number;
            output_tokens: number;
            reasoning_tokens: number;
            cost_usd: string;
            upstream_cost_usd: string;
          };
          overlap: {
            calls: number;
            failed_calls: number;
            input_tokens: number;
            cached_tokens: number;
            output_tokens: number;
            reasoning_tokens: number;
            cost_usd: string;
            upstream_cost_usd: string;
          };
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/webhooks": {
    /** listWebhooks: The organization's webhook endpoints, newest first. */
    get: {
      parameters: {
        query?: {
          cursor?: string;
          limit?: number;
        };
        path: {
          org: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            url: string;
            description: string | null;
            events: string[] | null;
            status: "enabled" | "disabled" | "auto_disabled";
            disabled_reason: "gone" | "failing" | null;
            disabled_at: string | null;
            previous_secret_ends_at: string | null;
            failing_since: string | null;
            created_at: string;
            updated_at: string;
          })[];
          next_cursor: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** createWebhook: Make an endpoint that is told of events. Its signing secret is shown in this answer and never again. */
    post: {
      parameters: {
        header?: {
          "Idempotency-Key"?: string;
        };
        path: {
          org: string;
        };
      };
      requestBody: { content: { "application/json": {
          url: string;
          description?: string | null;
          events?: ("key.created" | "key.updated" | "key.rotated" | "key.revoked" | "budget.threshold")[] | null;
        } } };
      responses: {
        201: { content: { "application/json": {
          id: string;
          url: string;
          description: string | null;
          events: string[] | null;
          status: "enabled" | "disabled" | "auto_disabled";
          disabled_reason: "gone" | "failing" | null;
          disabled_at: string | null;
          previous_secret_ends_at: string | null;
          failing_since: string | null;
          created_at: string;
          updated_at: string;
          secret: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/webhooks/{webhook}": {
    /** getWebhook: One webhook endpoint. */
    get: {
      parameters: {
        path: {
          org: string;
          webhook: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          id: string;
          url: string;
          description: string | null;
          events: string[] | null;
          status: "enabled" | "disabled" | "auto_disabled";
          disabled_reason: "gone" | "failing" | null;
          disabled_at: string | null;
          previous_secret_ends_at: string | null;
          failing_since: string | null;
          created_at: string;
          updated_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** updateWebhook: Change where an endpoint leads and what it is told of, or switch it off and on. What waits for it ends when it is off. */
    patch: {
      parameters: {
        path: {
          org: string;
          webhook: string;
        };
      };
      requestBody: { content: { "application/json": {
          url?: string;
          description?: string | null;
          events?: ("key.created" | "key.updated" | "key.rotated" | "key.revoked" | "budget.threshold")[] | null;
          status?: "enabled" | "disabled";
        } } };
      responses: {
        200: { content: { "application/json": {
          id: string;
          url: string;
          description: string | null;
          events: string[] | null;
          status: "enabled" | "disabled" | "auto_disabled";
          disabled_reason: "gone" | "failing" | null;
          disabled_at: string | null;
          previous_secret_ends_at: string | null;
          failing_since: string | null;
          created_at: string;
          updated_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
    /** deleteWebhook: Delete an endpoint with its deliveries, at once. */
    delete: {
      parameters: {
        path: {
          org: string;
          webhook: string;
        };
      };
      responses: {
        204: { content?: never };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/webhooks/{webhook}/deliveries": {
    /** listWebhookDeliveries: What was sent to an endpoint, or waits for it, newest first. */
    get: {
      parameters: {
        query?: {
          cursor?: string;
          limit?: number;
          status?: "pending" | "delivered" | "failed";
        };
        path: {
          org: string;
          webhook: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          data: ({
            id: string;
            endpoint_id: string;
            event: {
              id: string;
              type: string;
              created_at: string;
            };
            status: "pending" | "delivered" | "failed";
            attempts: number;
            next_attempt_at: string | null;
            last_attempt_at: string | null;
            last_status: number | null;
            last_error: string | null;
            last_duration_ms: number | null;
            delivered_at: string | null;
            created_at: string;
          })[];
          next_cursor: string | null;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/webhooks/{webhook}/deliveries/{delivery}": {
    /** getWebhookDelivery: One delivery, with the body that is sent. */
    get: {
      parameters: {
        path: {
          org: string;
          webhook: string;
          delivery: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          id: string;
          endpoint_id: string;
          event: {
            id: string;
            type: string;
            created_at: string;
          };
          status: "pending" | "delivered" | "failed";
          attempts: number;
          next_attempt_at: string | null;
          last_attempt_at: string | null;
          last_status: number | null;
          last_error: string | null;
          last_duration_ms: number | null;
          delivered_at: string | null;
          created_at: string;
          body: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/webhooks/{webhook}/deliveries/{delivery}/replay": {
    /** replayWebhookDelivery: Send one delivery again, now, with the same `webhook-id`, whatever became of it: 30 an endpoint and hour. */
    post: {
      parameters: {
        path: {
          org: string;
          webhook: string;
          delivery: string;
        };
      };
      responses: {
        202: { content: { "application/json": {
          id: string;
          endpoint_id: string;
          event: {
            id: string;
            type: string;
            created_at: string;
          };
          status: "pending" | "delivered" | "failed";
          attempts: number;
          next_attempt_at: string | null;
          last_attempt_at: string | null;
          last_status: number | null;
          last_error: string | null;
          last_duration_ms: number | null;
          delivered_at: string | null;
          created_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/webhooks/{webhook}/replay": {
    /** replayFailedWebhooks: Send again what failed since an instant, the oldest first, 500 at most: ask again while as many are answered. An endpoint gets 1000 so in an hour. */
    post: {
      parameters: {
        path: {
          org: string;
          webhook: string;
        };
      };
      requestBody: { content: { "application/json": {
          since: string;
        } } };
      responses: {
        202: { content: { "application/json": {
          replayed: number;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/webhooks/{webhook}/rotate-secret": {
    /** rotateWebhookSecret: Make a new signing secret, which is shown in this answer and never again. The old one signs beside it for a day, in which there is no other rotation. */
    post: {
      parameters: {
        header?: {
          "Idempotency-Key"?: string;
        };
        path: {
          org: string;
          webhook: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          id: string;
          url: string;
          description: string | null;
          events: string[] | null;
          status: "enabled" | "disabled" | "auto_disabled";
          disabled_reason: "gone" | "failing" | null;
          disabled_at: string | null;
          previous_secret_ends_at: string | null;
          failing_since: string | null;
          created_at: string;
          updated_at: string;
          secret: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
  "/organizations/{org}/webhooks/{webhook}/test": {
    /** testWebhook: Send `webhook.test` to an endpoint that is enabled, whatever it wants to be told of. */
    post: {
      parameters: {
        path: {
          org: string;
          webhook: string;
        };
      };
      responses: {
        202: { content: { "application/json": {
          id: string;
          endpoint_id: string;
          event: {
            id: string;
            type: string;
            created_at: string;
          };
          status: "pending" | "delivered" | "failed";
          attempts: number;
          next_attempt_at: string | null;
          last_attempt_at: string | null;
          last_status: number | null;
          last_error: string | null;
          last_duration_ms: number | null;
          delivered_at: string | null;
          created_at: string;
        } } };
        "4XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
        "5XX": { content: { "application/problem+json": components["schemas"]["Problem"] } };
      };
    };
  };
}

export interface components {
  schemas: {
    Problem: {
      type: string;
      title: string;
      status: number;
      detail: string;
      code: string;
      request_id: string;
      param?: string;
    };
    PasskeyAssertion: {
      id: string;
      rawId: string;
      type: "public-key";
      authenticatorAttachment?: "platform" | "cross-platform" | null;
      clientExtensionResults: Record<string, unknown>;
      response: {
        clientDataJSON: string;
        authenticatorData: string;
        signature: string;
        userHandle?: string | null;
      };
    };
    PasskeyAttestation: {
      id: string;
      rawId: string;
      type: "public-key";
      authenticatorAttachment?: "platform" | "cross-platform" | null;
      clientExtensionResults: Record<string, unknown>;
      response: {
        clientDataJSON: string;
        attestationObject: string;
        authenticatorData?: string;
        transports?: string[];
        publicKey?: string | null;
        publicKeyAlgorithm?: number;
      };
    };
  };
}
