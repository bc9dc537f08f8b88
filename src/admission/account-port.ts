import type { ExtendCommand, ExtendResult, Lease, LeaseCommand, ReturnCommand } from "./lease-types.ts";
import type { AdmitCommand, AdmitResult, CheckpointCommand, SettleCommand, SettleResult } from "./types.ts";

/** The way to one organization's account. Rejects when the account does not answer; calls may then have happened or not. */
export interface AccountPort {
  admit(command: AdmitCommand): Promise<AdmitResult>;
  lease(command: LeaseCommand): Promise<Lease | null>;
  returnLease(command: ReturnCommand): Promise<void>;
  extend(commands: readonly ExtendCommand[]): Promise<readonly ExtendResult[]>;
  checkpoint(commands: readonly CheckpointCommand[]): Promise<void>;
  settle(commands: readonly SettleCommand[]): Promise<readonly SettleResult[]>;
}

/** Calls back after `ms`, once, unless cancelled by the function returned. */
export type Schedule = (callback: () => void, ms: number) => () => void;
