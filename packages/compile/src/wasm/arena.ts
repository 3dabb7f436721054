import { arrayTypes, byteWidth, type DType, type TypedArray } from "../tensor.ts";

const page = 65536;

interface Block {
  readonly address: number;
  readonly bytes: number;
}

const align = (address: number): number => Math.ceil(address / 16) * 16;

export const bytesOf = (dtype: DType, length: number): number => byteWidth(dtype) * length;

/** Memory in which programs keep their arrays at fixed addresses. It grows, and never shrinks. */
export class Arena {
  readonly memory = new WebAssembly.Memory({ initial: 1 });
  readonly #free: Block[] = [];
  #top = 16;

  /** Reserves zeroed bytes, aligned for vectors. */
  allocate(bytes: number): number {
    const wanted = align(bytes);
    const reused = this.#free.findIndex((block) => block.bytes >= wanted);
    let address = this.#top;
    if (reused < 0) {
      this.#top += wanted;
      this.#reserve(this.#top);
    } else {
      const block = this.#free[reused] as Block;
      address = block.address;
      const rest = { address: address + wanted, bytes: block.bytes - wanted };
      this.#free.splice(reused, 1, ...(rest.bytes > 0 ? [rest] : []));
    }
    new Uint8Array(this.memory.buffer, address, wanted).fill(0);
    return address;
  }

  /** Gives reserved bytes back. */
  release(address: number, bytes: number): void {
    if (bytes > 0) this.#free.push({ address, bytes: align(bytes) });
  }

  /** Addresses for arrays that live until the next call only. */
  transient(sizes: readonly number[]): number[] {
    let top = this.#top;
    const addresses = sizes.map((bytes) => {
      const address = top;
      top = align(top + bytes);
      return address;
    });
    this.#reserve(top);
    return addresses;
  }

  /** The elements at an address. Growing the memory invalidates the view. */
  view(dtype: DType, address: number, length: number): TypedArray {
    return new arrayTypes[dtype](this.memory.buffer, address, length);
  }

  #reserve(top: number): void {
    const missing = Math.ceil((top - this.memory.buffer.byteLength) / page);
    if (missing > 0) this.memory.grow(missing);
  }
}

/** The arrays of one program in an arena, released together. */
export class Region {
  readonly arena: Arena;
  readonly #blocks: Block[] = [];

  constructor(arena: Arena) {
    this.arena = arena;
  }

  allocate(bytes: number): number {
    const address = this.arena.allocate(bytes);
    this.#blocks.push({ address, bytes });
    return address;
  }

  release(): void {
    for (const { address, bytes } of this.#blocks.splice(0)) this.arena.release(address, bytes);
  }
}
