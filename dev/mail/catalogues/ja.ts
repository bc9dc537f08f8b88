import type { Catalogue } from "../catalogue.ts";

const NOT_YOU =
  "お心当たりがない場合は、今すぐパスワードを変更し、すべてのセッションを終了してアカウントを保護してください。";

export const ja: Catalogue = {
  greeting: "{name} 様",
  linkHint: "ボタンが使えない場合は、次のアドレスをブラウザーで開いてください。",
  footer: "このメッセージは、{site} のアカウントまたは招待に関して Prismatic API からお送りしています。",
  mails: {
    verify_email: {
      subject: "メールアドレスの確認",
      heading: "メールアドレスを確認してください",
      body: [
        "このアドレスで Prismatic API への登録がありました。ご本人による登録の場合は、アドレスの確認をお願いします。",
      ],
      button: "アドレスを確認する",
      after: [
        "リンクの有効期限は {expiresAt} です。",
        "お心当たりがない場合は、何もする必要はありません。リンクを開かない限り、アカウントは作成されません。",
      ],
    },
    sign_up_exists: {
      subject: "アカウントはすでに登録されています",
      heading: "アカウントはすでに登録されています",
      body: [
        "このアドレスで Prismatic API への登録がありましたが、すでにアカウントがあります。変更は行われていません。ご本人の場合は、サインインしてください。",
      ],
      button: "サインイン",
      after: [
        "パスワードをお忘れの場合は、こちらで再設定してください: {resetUrl}",
        "お心当たりがない場合は、何もする必要はありません。",
      ],
    },
    reset_password: {
      subject: "パスワードの再設定",
      heading: "新しいパスワードを設定してください",
      body: [
        "お使いのアカウントのパスワード再設定が申し込まれました。ご本人の場合は、新しいパスワードを設定してください。",
      ],
      button: "パスワードを再設定する",
      after: [
        "リンクは一度だけ、{expiresAt} まで使えます。",
        "お心当たりがない場合は、何もする必要はありません。パスワードは変わりません。",
      ],
    },
    confirm_email_change: {
      subject: "新しいメールアドレスの確認",
      heading: "新しいメールアドレスの確認",
      body: [
        "Prismatic API のアカウントで、アドレスを {newAddress} に変更する申し込みがありました。ご本人の場合は、このアドレスがご自身のものであることを確認してください。サインインしている必要があります。",
      ],
      button: "新しいアドレスを確認する",
      after: [
        "リンクは一度だけ、{expiresAt} まで有効です。",
        "お心当たりがない場合は、何もする必要はありません。リンクを使わない限り何も変わりません。",
      ],
    },
    email_change_requested: {
      subject: "メールアドレスの変更が申し込まれました",
      heading: "メールアドレスの変更が申し込まれました",
      body: [
        "あなたのアカウントにサインインしている人が、アドレスを {newAddress} に変更するよう申し込みました。まだ何も変わっていません。先に {expiresAt} までにそのアドレスの確認が必要です。",
        "ご本人の場合は、何もする必要はありません。",
      ],
      button: "自分ではないので止める",
      after: ["止めると、アカウントのすべてのセッションが終了します。その後、新しいパスワードを設定してください。"],
    },
    email_change_taken: {
      subject: "あなたのメールアドレスを使おうとした人がいます",
      heading: "あなたのメールアドレスを使おうとした人がいます",
      body: [
        "このアドレスを Prismatic API の別のアカウントで使おうとした人がいますが、これはあなたのアカウントのアドレスです。何も変更されていません。ご本人の場合は、このアドレスのアカウントにサインインしてください。",
      ],
      button: "サインインする",
      after: ["お心当たりがない場合は、何もする必要はありません。"],
    },
    email_change_made: {
      subject: "メールアドレスが変更されました",
      heading: "メールアドレスが変更されました",
      body: [
        "{changedAt} に、アカウントのアドレスが {oldAddress} から {newAddress} に変更されました。",
        "ご本人の場合は、何もする必要はありません。",
      ],
      button: "自分ではないので元に戻す",
      after: [
        "リンクは {expiresAt} まで有効です。このアドレスに戻り、アカウントのすべてのセッションが終了します。その後、新しいパスワードを設定してください。",
      ],
    },
    email_changed: {
      subject: "メールアドレスが変更されました",
      heading: "メールアドレスが変更されました",
      body: ["{changedAt} に、アカウントのアドレスが {oldAddress} から {newAddress} に変更されました。"],
      button: "アカウントを確認する",
      after: [NOT_YOU],
    },
    password_changed: {
      subject: "パスワードが変更されました",
      heading: "パスワードが変更されました",
      body: ["{changedAt} に、アカウントのパスワードが変更されました。ほかのセッションはすべて終了しました。"],
      button: "アカウントを確認する",
      after: [NOT_YOU],
    },
    factor_changed: {
      subject: "サインインのセキュリティ設定の変更: {change}",
      heading: "サインインのセキュリティ設定が変更されました",
      body: ["{changedAt} に、アカウントで次の変更がありました: {change}"],
      button: "アカウントを確認する",
      after: [NOT_YOU],
    },
    new_sign_in: {
      subject: "新しいサインインがありました",
      heading: "新しいサインインがありました",
      body: [
        "{signedInAt} に、これまで使われていない端末からアカウントへのサインインがありました。",
        "端末: {device}",
        "場所: {place}",
      ],
      button: "セッションを確認する",
      after: ["ご本人の場合は、何もする必要はありません。", NOT_YOU],
    },
    invitation: {
      subject: "{inviter} さんから {organization} への招待",
      heading: "招待が届いています",
      body: ["{inviter} さんが、Prismatic API の組織 {organization} にあなたを招待しています。役割: {role}"],
      button: "招待を見る",
      after: [
        "招待の有効期限は {expiresAt} です。",
        "招待した人にお心当たりがない場合は、このメッセージを無視してください。",
      ],
    },
    member_removed: {
      subject: "{organization} のメンバーではなくなりました",
      heading: "組織のメンバーではなくなりました",
      body: [
        "{removedAt} に、組織 {organization} のメンバーから外れました。この組織でのあなたの API キーは停止しました。",
        "ご自身のアカウントはそのままです。",
      ],
      button: null,
      after: ["間違いだと思われる場合は、組織の所有者にお問い合わせください。"],
    },
    guesses_stopped: {
      subject: "誤ったコードが多すぎます",
      heading: "誤ったコードが多すぎます",
      body: [
        "{stoppedAt} に、誤ったコードまたはパスワードを何度も試した人を止めました。その人はすでにあなたのパスワードか、開いているセッションを持っています。15 分間は何も受け付けません。",
      ],
      button: "アカウントを確認する",
      after: ["ご本人の場合は、何もする必要はありません。", NOT_YOU],
    },
    account_closing: {
      subject: "アカウントが閉鎖されます",
      heading: "アカウントが閉鎖されます",
      body: ["アカウントの閉鎖が申し込まれました。{closesAt} に完全に閉鎖されます。それまでは取り消せます。"],
      button: "アカウントを残す",
      after: [NOT_YOU],
    },
    account_reopened: {
      subject: "アカウントは残ります",
      heading: "アカウントは残ります",
      body: [
        "{reopenedAt} に、アカウントの閉鎖が取り消されました。お一人で所有していた組織は、再びあなたのものです。API キーは無効のままですので、新しく作成してください。ほかの組織には、あらためて招待してもらう必要があります。",
      ],
      button: "アカウントへ",
      after: [NOT_YOU],
    },
    key_leaked: {
      subject: "{organization} の API キーが公開されていたため無効にしました",
      heading: "API キーが公開されていました",
      body: [
        "組織 {organization} のキー {keyName}（{keyPrefix}…）が、誰でも読める場所で見つかりました。{revokedAt} に無効にし、このキーでの呼び出しは拒否されます。",
      ],
      button: "新しいキーを作成する",
      after: ["公開された場所からキーを削除し、ほかの人に使われていないか利用状況を確認してください。"],
    },
    webhook_disabled: {
      subject: "{organization} の Webhook エンドポイントを無効にしました",
      heading: "Webhook エンドポイントを無効にしました",
      body: [
        "組織 {organization} の {host} にあるエンドポイントを {disabledAt} に無効にしました。存在しないという応答（410）があったか、5 日間失敗だけが続いたためです。今後、通知は送られません。",
      ],
      button: "配信履歴を見る",
      after: ["受信側を修正し、エンドポイントを有効にしてから、失敗した配信を再送してください。"],
    },
  },
  choices: {
    totp_added: "認証アプリの追加",
    totp_removed: "認証アプリの削除",
    passkey_added: "パスキーの追加",
    passkey_removed: "パスキーの削除",
    recovery_codes_replaced: "リカバリーコードの再発行",
    recovery_code_used: "リカバリーコードの使用",
    login_added: "外部アカウントでのサインインを追加",
    login_removed: "外部アカウントでのサインインを削除",
    admin: "管理者",
    developer: "開発者",
    billing: "請求担当",
    viewer: "閲覧者",
  },
};
