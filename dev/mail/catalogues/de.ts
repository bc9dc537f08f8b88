import type { Catalogue } from "../catalogue.ts";

const NOT_YOU =
  "Wenn Sie das nicht waren, sichern Sie Ihr Konto jetzt: Ändern Sie Ihr Passwort und beenden Sie alle Sitzungen.";

export const de: Catalogue = {
  greeting: "Guten Tag {name},",
  linkHint: "Falls die Schaltfläche nicht funktioniert, öffnen Sie diese Adresse im Browser:",
  footer: "Prismatic API sendet diese Nachricht wegen eines Kontos oder einer Einladung auf {site}.",
  mails: {
    verify_email: {
      subject: "Bestätigen Sie Ihre E-Mail-Adresse",
      heading: "Bestätigen Sie Ihre E-Mail-Adresse",
      body: [
        "Jemand hat sich mit dieser Adresse bei Prismatic API angemeldet. Wenn Sie das waren, bestätigen Sie, dass die Adresse Ihnen gehört.",
      ],
      button: "Adresse bestätigen",
      after: [
        "Der Link gilt bis {expiresAt}.",
        "Wenn Sie das nicht waren, müssen Sie nichts tun: Ohne den Link entsteht kein Konto.",
      ],
    },
    sign_up_exists: {
      subject: "Sie haben bereits ein Konto",
      heading: "Sie haben bereits ein Konto",
      body: [
        "Jemand wollte sich mit dieser Adresse bei Prismatic API anmelden, aber zu ihr gibt es schon ein Konto. Es wurde nichts geändert. Wenn Sie das waren, melden Sie sich an.",
      ],
      button: "Anmelden",
      after: [
        "Passwort vergessen? Wählen Sie ein neues: {resetUrl}",
        "Wenn Sie das nicht waren, müssen Sie nichts tun.",
      ],
    },
    reset_password: {
      subject: "Wählen Sie ein neues Passwort",
      heading: "Wählen Sie ein neues Passwort",
      body: ["Jemand hat für Ihr Konto ein neues Passwort angefordert. Wenn Sie das waren, wählen Sie eines."],
      button: "Neues Passwort wählen",
      after: [
        "Der Link gilt einmal, bis {expiresAt}.",
        "Wenn Sie das nicht waren, müssen Sie nichts tun: Ihr Passwort bleibt, wie es ist.",
      ],
    },
    confirm_email_change: {
      subject: "Bestätigen Sie Ihre neue E-Mail-Adresse",
      heading: "Bestätigen Sie Ihre neue E-Mail-Adresse",
      body: [
        "Für Ihr Konto bei Prismatic API wurde {newAddress} als neue Adresse gewünscht. Wenn Sie das waren, bestätigen Sie, dass die Adresse Ihnen gehört. Sie müssen dazu angemeldet sein.",
      ],
      button: "Neue Adresse bestätigen",
      after: [
        "Der Link gilt einmal, bis {expiresAt}.",
        "Wenn Sie das nicht waren, müssen Sie nichts tun: Ohne den Link ändert sich nichts.",
      ],
    },
    email_change_requested: {
      subject: "Ihre E-Mail-Adresse soll geändert werden",
      heading: "Ihre E-Mail-Adresse soll geändert werden",
      body: [
        "Jemand, der in Ihrem Konto angemeldet ist, möchte seine Adresse in {newAddress} ändern. Noch hat sich nichts geändert: Zuerst muss diese Adresse bestätigt werden, bis {expiresAt}.",
        "Wenn Sie das waren, müssen Sie nichts tun.",
      ],
      button: "Das war ich nicht: anhalten",
      after: ["Damit enden alle Sitzungen Ihres Kontos. Wählen Sie danach ein neues Passwort."],
    },
    email_change_taken: {
      subject: "Jemand wollte Ihre E-Mail-Adresse verwenden",
      heading: "Jemand wollte Ihre E-Mail-Adresse verwenden",
      body: [
        "Jemand wollte diese Adresse für ein anderes Konto bei Prismatic API verwenden, aber sie gehört zu Ihrem. Es wurde nichts geändert. Wenn Sie das waren, melden Sie sich in dem Konto an, das sie hat.",
      ],
      button: "Anmelden",
      after: ["Wenn Sie das nicht waren, müssen Sie nichts tun."],
    },
    email_change_made: {
      subject: "Ihre E-Mail-Adresse wurde geändert",
      heading: "Ihre E-Mail-Adresse wurde geändert",
      body: [
        "Am {changedAt} wurde die Adresse Ihres Kontos von {oldAddress} in {newAddress} geändert.",
        "Wenn Sie das waren, müssen Sie nichts tun.",
      ],
      button: "Das war ich nicht: zurücknehmen",
      after: [
        "Der Link gilt bis {expiresAt}. Er bringt diese Adresse zurück und beendet alle Sitzungen Ihres Kontos. Wählen Sie danach ein neues Passwort.",
      ],
    },
    email_changed: {
      subject: "Ihre E-Mail-Adresse wurde geändert",
      heading: "Ihre E-Mail-Adresse wurde geändert",
      body: ["Am {changedAt} wurde die Adresse Ihres Kontos von {oldAddress} in {newAddress} geändert."],
      button: "Konto ansehen",
      after: [NOT_YOU],
    },
    password_changed: {
      subject: "Ihr Passwort wurde geändert",
      heading: "Ihr Passwort wurde geändert",
      body: ["Am {changedAt} wurde das Passwort Ihres Kontos geändert. Alle anderen Sitzungen wurden beendet."],
      button: "Konto ansehen",
      after: [NOT_YOU],
    },
    factor_changed: {
      subject: "Sicherheit der Anmeldung geändert: {change}",
      heading: "Die Sicherheit Ihrer Anmeldung wurde geändert",
      body: ["Am {changedAt} wurde in Ihrem Konto geändert: {change}."],
      button: "Konto ansehen",
      after: [NOT_YOU],
    },
    new_sign_in: {
      subject: "Neue Anmeldung in Ihrem Konto",
      heading: "Neue Anmeldung in Ihrem Konto",
      body: [
        "Am {signedInAt} hat sich jemand von einem Gerät, das wir noch nicht kannten, in Ihrem Konto angemeldet.",
        "Gerät: {device}",
        "Ort: {place}",
      ],
      button: "Sitzungen ansehen",
      after: ["Wenn Sie das waren, müssen Sie nichts tun.", NOT_YOU],
    },
    invitation: {
      subject: "{inviter} lädt Sie zu {organization} ein",
      heading: "Sie sind eingeladen",
      body: ["{inviter} lädt Sie in die Organisation {organization} bei Prismatic API ein. Ihre Rolle wäre: {role}."],
      button: "Einladung ansehen",
      after: [
        "Die Einladung gilt bis {expiresAt}.",
        "Wenn Sie nicht wissen, wer Sie einlädt, lassen Sie diese Nachricht unbeachtet.",
      ],
    },
    member_removed: {
      subject: "Sie sind nicht mehr Mitglied von {organization}",
      heading: "Sie sind nicht mehr Mitglied",
      body: [
        "Am {removedAt} endete Ihre Mitgliedschaft in der Organisation {organization}. Ihre API-Schlüssel dieser Organisation sind außer Betrieb.",
        "Ihr eigenes Konto bleibt, wie es ist.",
      ],
      button: null,
      after: ["Wenn Sie das für einen Irrtum halten, fragen Sie die Inhaberin oder den Inhaber der Organisation."],
    },
    guesses_stopped: {
      subject: "Zu viele falsche Codes für Ihr Konto",
      heading: "Zu viele falsche Codes für Ihr Konto",
      body: [
        "Am {stoppedAt} haben wir jemanden aufgehalten, der zu viele falsche Codes oder Passwörter versucht hat. Wer das ist, hat bereits Ihr Passwort oder eine offene Sitzung von Ihnen. Eine Viertelstunde lang wird nichts mehr angenommen.",
      ],
      button: "Konto ansehen",
      after: ["Wenn Sie das waren, müssen Sie nichts tun.", NOT_YOU],
    },
    account_closing: {
      subject: "Ihr Konto wird geschlossen",
      heading: "Ihr Konto wird geschlossen",
      body: [
        "Ihr Konto wurde zum Schließen vorgemerkt. Am {closesAt} wird es endgültig geschlossen. Bis dahin können Sie das zurücknehmen.",
      ],
      button: "Konto behalten",
      after: [NOT_YOU],
    },
    account_reopened: {
      subject: "Ihr Konto bleibt bestehen",
      heading: "Ihr Konto bleibt bestehen",
      body: [
        "Am {reopenedAt} wurde das Schließen Ihres Kontos zurückgenommen. Die Organisationen, die Ihnen allein gehörten, gehören Ihnen wieder. API-Schlüssel bleiben gesperrt: Legen Sie neue an. Andere Organisationen müssen Sie wieder einladen.",
      ],
      button: "Zum Konto",
      after: [NOT_YOU],
    },
    key_leaked: {
      subject: "Ein API-Schlüssel von {organization} wurde öffentlich und ist gesperrt",
      heading: "Ein API-Schlüssel wurde öffentlich",
      body: [
        "Der Schlüssel {keyName} ({keyPrefix}…) der Organisation {organization} wurde an einer Stelle gefunden, die jeder lesen kann. Er wurde am {revokedAt} gesperrt, Aufrufe mit ihm werden abgewiesen.",
      ],
      button: "Neuen Schlüssel anlegen",
      after: [
        "Entfernen Sie den Schlüssel dort, wo er veröffentlicht wurde, und sehen Sie in Ihrer Nutzung nach, ob ihn jemand verwendet hat.",
      ],
    },
    webhook_disabled: {
      subject: "Ein Webhook-Endpunkt von {organization} wurde abgeschaltet",
      heading: "Ein Webhook-Endpunkt wurde abgeschaltet",
      body: [
        "Der Endpunkt bei {host} der Organisation {organization} wurde am {disabledAt} abgeschaltet: Er hat gemeldet, dass es ihn nicht mehr gibt (410), oder war fünf Tage lang nur fehlgeschlagen. Er erfährt nichts mehr.",
      ],
      button: "Zustellungen ansehen",
      after: [
        "Bringen Sie den Empfänger in Ordnung, schalten Sie den Endpunkt ein und senden Sie Fehlgeschlagenes noch einmal.",
      ],
    },
  },
  choices: {
    totp_added: "Authenticator-App hinzugefügt",
    totp_removed: "Authenticator-App entfernt",
    passkey_added: "Passkey hinzugefügt",
    passkey_removed: "Passkey entfernt",
    recovery_codes_replaced: "Wiederherstellungscodes ersetzt",
    recovery_code_used: "Wiederherstellungscode verwendet",
    login_added: "Anmeldung mit fremdem Konto hinzugefügt",
    login_removed: "Anmeldung mit fremdem Konto entfernt",
    admin: "Administration",
    developer: "Entwicklung",
    billing: "Abrechnung",
    viewer: "Nur Lesen",
  },
};
