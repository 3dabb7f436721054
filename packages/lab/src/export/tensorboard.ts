import type { Trial } from "../train/record.ts";
import { maskedCrc32c } from "./crc32c.ts";

/**
 * TensorBoard's event files: records of length (uint64), its masked CRC-32C, an Event message and its masked CRC-32C, all
 * little-endian. Event (tensorflow/core/util/event.proto): wall_time = 1, step = 2, file_version = 3, summary = 5 of
 * values = 1 with tag = 1 and simple_value = 2.
 */

const double = (field: number, value: number): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes[0] = (field << 3) | 1;
  bytes.writeDoubleLE(value, 1);
  return bytes;
};
const float = (field: number, value: number): Buffer => {
  const bytes = Buffer.alloc(5);
  bytes[0] = (field << 3) | 5;
  bytes.writeFloatLE(value, 1);
  return bytes;
};
/** A whole number as a varint: seven bits a byte, the lowest first. */
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
const integer = (field: number, value: number): Buffer => Buffer.from([field << 3, ...varint(value)]);
const bytes = (field: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(value.length)]), value]);

function record(message: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(message.length));
  head.writeUInt32LE(maskedCrc32c(head.subarray(0, 8)), 8);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(maskedCrc32c(message));
  return Buffer.concat([head, message, tail]);
}

/** A trial's records as the content of an event file: scalars train/loss and validation/METRIC over steps. */
export function eventFile({ start, records }: Trial): Buffer {
  const began = Date.parse(start.started) / 1000;
  const version = Buffer.concat([double(1, began), bytes(3, Buffer.from("brain.Event:2"))]);
  const events = records.map(({ step, seconds, trainLoss, validation }) => {
    const metrics = Object.entries(validation).map(([name, value]) => [`validation/${name}`, value] as const);
    const values = [["train/loss", trainLoss] as const, ...metrics].map(([tag, value]) =>
      bytes(1, Buffer.concat([bytes(1, Buffer.from(tag)), float(2, value)])),
    );
    return Buffer.concat([double(1, began + seconds), integer(2, step), bytes(5, Buffer.concat(values))]);
  });
  return Buffer.concat([version, ...events].map(record));
}
