/** A request that never reached Postgres, with the status Neon answers it with. */
export class NeonRefusal extends Error {
  override readonly name = "NeonRefusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
