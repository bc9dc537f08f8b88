/** What the person who asked can mend: wrong arguments, no stack, no keys. The message is what they read. */
export class CannotRun extends Error {
  override readonly name = "CannotRun";
}
