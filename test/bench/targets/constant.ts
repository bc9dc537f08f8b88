/** The floor of workerd itself: an answer without any I/O. */
const ANSWER = JSON.stringify({ object: "chat.completion", choices: [], padding: "x".repeat(500) });

// oxlint-disable-next-line import/no-default-export -- workerd calls a module's default export
export default {
  fetch(): Response {
    return new Response(ANSWER, { headers: { "content-type": "application/json" } });
  },
};
