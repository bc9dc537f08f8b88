import type { Catalogue } from "../catalogue.ts";

const NOT_YOU = "Si no ha sido usted, proteja su cuenta ahora: cambie la contraseña y cierre todas las sesiones.";

export const es: Catalogue = {
  greeting: "Hola, {name}:",
  linkHint: "Si el botón no funciona, abra esta dirección en su navegador:",
  footer: "Prismatic API envía este mensaje por una cuenta o una invitación en {site}.",
  mails: {
    verify_email: {
      subject: "Confirme su dirección de correo",
      heading: "Confirme su dirección de correo",
      body: [
        "Alguien se ha registrado en Prismatic API con esta dirección. Si ha sido usted, confirme que la dirección es suya.",
      ],
      button: "Confirmar la dirección",
      after: [
        "El enlace es válido hasta el {expiresAt}.",
        "Si no ha sido usted, no tiene que hacer nada: sin el enlace no se creará ninguna cuenta.",
      ],
    },
    sign_up_exists: {
      subject: "Ya tiene una cuenta",
      heading: "Ya tiene una cuenta",
      body: [
        "Alguien ha intentado registrarse en Prismatic API con esta dirección, que ya tiene una cuenta. No se ha cambiado nada. Si ha sido usted, inicie sesión.",
      ],
      button: "Iniciar sesión",
      after: [
        "¿Ha olvidado la contraseña? Elija una nueva: {resetUrl}",
        "Si no ha sido usted, no tiene que hacer nada.",
      ],
    },
    reset_password: {
      subject: "Elija una contraseña nueva",
      heading: "Elija una contraseña nueva",
      body: ["Alguien ha pedido una contraseña nueva para su cuenta. Si ha sido usted, elíjala."],
      button: "Elegir una contraseña nueva",
      after: [
        "El enlace sirve una sola vez, hasta el {expiresAt}.",
        "Si no ha sido usted, no tiene que hacer nada: su contraseña sigue siendo la misma.",
      ],
    },
    confirm_email_change: {
      subject: "Confirme su nueva dirección de correo",
      heading: "Confirme su nueva dirección de correo",
      body: [
        "En su cuenta de Prismatic API se ha pedido que la dirección pase a ser {newAddress}. Si ha sido usted, confirme que la dirección es suya. Debe haber iniciado sesión.",
      ],
      button: "Confirmar la nueva dirección",
      after: [
        "El enlace sirve una vez, hasta el {expiresAt}.",
        "Si no ha sido usted, no tiene que hacer nada: sin el enlace nada cambia.",
      ],
    },
    email_change_requested: {
      subject: "Se va a cambiar su dirección de correo",
      heading: "Se va a cambiar su dirección de correo",
      body: [
        "Alguien que ha iniciado sesión en su cuenta ha pedido que la dirección pase a ser {newAddress}. Todavía no ha cambiado nada: antes hay que confirmar esa dirección, hasta el {expiresAt}.",
        "Si ha sido usted, no tiene que hacer nada.",
      ],
      button: "No he sido yo: detenerlo",
      after: ["Al detenerlo se cierran todas las sesiones de su cuenta. Después elija una contraseña nueva."],
    },
    email_change_taken: {
      subject: "Alguien quiso usar su dirección de correo",
      heading: "Alguien quiso usar su dirección de correo",
      body: [
        "Alguien quiso usar esta dirección para otra cuenta de Prismatic API, pero es la de su cuenta. No se ha cambiado nada. Si ha sido usted, inicie sesión en la cuenta que la tiene.",
      ],
      button: "Iniciar sesión",
      after: ["Si no ha sido usted, no tiene que hacer nada."],
    },
    email_change_made: {
      subject: "Se ha cambiado su dirección de correo",
      heading: "Se ha cambiado su dirección de correo",
      body: [
        "El {changedAt} se cambió la dirección de su cuenta de {oldAddress} a {newAddress}.",
        "Si ha sido usted, no tiene que hacer nada.",
      ],
      button: "No he sido yo: deshacerlo",
      after: [
        "El enlace sirve hasta el {expiresAt}. Recupera esta dirección y cierra todas las sesiones de su cuenta. Después elija una contraseña nueva.",
      ],
    },
    email_changed: {
      subject: "Se ha cambiado su dirección de correo",
      heading: "Se ha cambiado su dirección de correo",
      body: ["El {changedAt} se cambió la dirección de su cuenta de {oldAddress} a {newAddress}."],
      button: "Ver la cuenta",
      after: [NOT_YOU],
    },
    password_changed: {
      subject: "Se ha cambiado su contraseña",
      heading: "Se ha cambiado su contraseña",
      body: ["El {changedAt} se cambió la contraseña de su cuenta. Se han cerrado todas las demás sesiones."],
      button: "Ver la cuenta",
      after: [NOT_YOU],
    },
    factor_changed: {
      subject: "Seguridad de acceso modificada: {change}",
      heading: "Se ha modificado la seguridad de acceso",
      body: ["El {changedAt} se modificó en su cuenta: {change}."],
      button: "Ver la cuenta",
      after: [NOT_YOU],
    },
    new_sign_in: {
      subject: "Nuevo inicio de sesión en su cuenta",
      heading: "Nuevo inicio de sesión en su cuenta",
      body: [
        "El {signedInAt} alguien inició sesión en su cuenta desde un dispositivo que no conocíamos.",
        "Dispositivo: {device}",
        "Lugar: {place}",
      ],
      button: "Ver las sesiones",
      after: ["Si ha sido usted, no tiene que hacer nada.", NOT_YOU],
    },
    invitation: {
      subject: "{inviter} le invita a {organization}",
      heading: "Tiene una invitación",
      body: ["{inviter} le invita a la organización {organization} en Prismatic API. Su función sería: {role}."],
      button: "Ver la invitación",
      after: [
        "La invitación es válida hasta el {expiresAt}.",
        "Si no sabe quién le invita, no haga caso de este mensaje.",
      ],
    },
    member_removed: {
      subject: "Ya no es miembro de {organization}",
      heading: "Ya no es miembro",
      body: [
        "El {removedAt} terminó su pertenencia a la organización {organization}. Sus claves de API de esta organización han dejado de funcionar.",
        "Su propia cuenta sigue igual.",
      ],
      button: null,
      after: ["Si cree que es un error, pregunte a quien es titular de la organización."],
    },
    guesses_stopped: {
      subject: "Demasiados códigos incorrectos en su cuenta",
      heading: "Demasiados códigos incorrectos en su cuenta",
      body: [
        "El {stoppedAt} detuvimos a alguien que probó demasiados códigos o contraseñas incorrectos. Quien sea ya tiene su contraseña o una sesión suya abierta. Durante un cuarto de hora no se acepta nada más.",
      ],
      button: "Ver la cuenta",
      after: ["Si ha sido usted, no tiene que hacer nada.", NOT_YOU],
    },
    account_closing: {
      subject: "Su cuenta se va a cerrar",
      heading: "Su cuenta se va a cerrar",
      body: [
        "Se ha pedido el cierre de su cuenta. El {closesAt} se cerrará definitivamente. Hasta entonces puede anularlo.",
      ],
      button: "Conservar la cuenta",
      after: [NOT_YOU],
    },
    account_reopened: {
      subject: "Su cuenta se conserva",
      heading: "Su cuenta se conserva",
      body: [
        "El {reopenedAt} se anuló el cierre de su cuenta. Las organizaciones que eran solo suyas vuelven a serlo. Las claves de API siguen revocadas: cree otras nuevas. Las demás organizaciones tienen que invitarle otra vez.",
      ],
      button: "Ir a la cuenta",
      after: [NOT_YOU],
    },
    key_leaked: {
      subject: "Una clave de API de {organization} se hizo pública y está revocada",
      heading: "Una clave de API se hizo pública",
      body: [
        "La clave {keyName} ({keyPrefix}…) de la organización {organization} se encontró donde cualquiera puede leerla. Se revocó el {revokedAt} y las llamadas con ella se rechazan.",
      ],
      button: "Crear una clave nueva",
      after: ["Retire la clave de donde se publicó y compruebe en su consumo si alguien más la ha utilizado."],
    },
    webhook_disabled: {
      subject: "Se desactivó un endpoint de webhooks de {organization}",
      heading: "Se desactivó un endpoint de webhooks",
      body: [
        "El endpoint en {host} de la organización {organization} se desactivó el {disabledAt}: respondió que ya no existe (410) o solo había fallado durante cinco días. Ya no recibe ningún aviso.",
      ],
      button: "Ver sus entregas",
      after: ["Repare el receptor, active el endpoint y reenvíe lo que falló."],
    },
  },
  choices: {
    totp_added: "aplicación de autenticación añadida",
    totp_removed: "aplicación de autenticación eliminada",
    passkey_added: "llave de acceso añadida",
    passkey_removed: "llave de acceso eliminada",
    recovery_codes_replaced: "códigos de recuperación sustituidos",
    recovery_code_used: "código de recuperación utilizado",
    login_added: "inicio de sesión con una cuenta externa añadido",
    login_removed: "inicio de sesión con una cuenta externa eliminado",
    admin: "administración",
    developer: "desarrollo",
    billing: "facturación",
    viewer: "solo lectura",
  },
};
