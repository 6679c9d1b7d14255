// Gradients and steps of a network that its user asks for one by one. What a call works in is kept for the next one of
// the same size, with views of it: then nothing is allocated.

import { copyInto, type FloatArray, lengthOf, plainView } from "../../arrays.ts";
import * as code from "../../catalog/codes.ts";
import { layerShapes } from "../../catalog/layers.ts";
import { slotCount } from "../../catalog/optimizers.ts";
import { floatArray, last } from "../../numbers.ts";
import type { RowSource } from "../../rows.ts";
import type { GradientArrays, GradientBatch, ModelShape, StepStatus } from "../engine.ts";
import { align } from "./arena.ts";
import type { NetworkMemory } from "./network-memory.ts";
import type { Team } from "./team.ts";

/** A block of memory that is the model's until it is released. */
interface Kept {
  readonly ptr: number;
  release(): void;
}

/** An array in the module's memory. */
interface Placed {
  readonly ptr: number;
  readonly length: number;
  /** A view of it, which memory that grows detaches; where views can't be had, an array of our own. */
  values: FloatArray;
}

/** Some rows of an array of a layer's parameters. All pieces are copied through the same memory, one by one. */
interface Piece extends Placed {
  /** Which of all arrays. */
  readonly array: number;
  /** Where in that array it begins. */
  readonly first: number;
  readonly layer: number;
  readonly row: number;
  readonly rows: number;
}

const PIECE_BYTES = 2 ** 16; // if rows aren't longer: it stays in a cache between two copies

/** What `gradients` works in. */
interface GradientBlock {
  readonly kept: Kept;
  readonly rows: number;
  readonly withX: boolean;
  readonly workPtr: number;
  /** From the network's parameters to the gradients. */
  readonly offset: number;
  readonly x: Placed;
  readonly y: Placed;
  readonly weights: Placed;
  readonly pieces: readonly Piece[];
  readonly ofX: Placed | undefined;
}

/** What `apply` works in. */
interface StepBlock {
  readonly workPtr: number;
  /** From the network's parameters to the gradients. */
  readonly offset: number;
  readonly pieces: readonly Piece[];
}

export class StepsByHand {
  readonly #memory: NetworkMemory;
  readonly #shape: ModelShape;
  readonly #team: Team | undefined;
  readonly #keep: (bytes: number) => Kept;
  readonly #layers: ReturnType<typeof layerShapes>;
  #gradientBlock: GradientBlock | undefined;
  #stepBlock: StepBlock | undefined;

  constructor(memory: NetworkMemory, shape: ModelShape, team: Team | undefined, keep: (bytes: number) => Kept) {
    this.#memory = memory;
    this.#shape = shape;
    this.#team = team;
    this.#keep = keep;
    this.#layers = layerShapes(shape);
  }

  gradients(batch: GradientBatch, out: GradientArrays): number | undefined {
    const { x, y, isUpstream, sampleWeights, dropout, seed } = batch;
    const { exports, kernels } = this.#memory;
    const block = this.#blockFor(x.rows, out.x !== undefined);
    this.#fill(block.x, x);
    this.#fill(block.y, y);
    if (sampleWeights !== undefined) this.#fill(block.weights, sampleWeights);
    let status: number;
    do {
      status = kernels.gradients(
        block.workPtr,
        block.x.ptr,
        block.y.ptr,
        sampleWeights === undefined ? 0 : block.weights.ptr,
        isUpstream,
        dropout !== undefined,
        dropout?.epoch ?? 0,
        dropout?.batch ?? 0,
        seed,
        Math.floor(seed / 4294967296),
      );
      if (status === code.LOST) this.#team?.stop("a worker did not answer for five seconds"); // once more, alone
    } while (status === code.LOST);
    if (status === code.NOT_FINITE) return undefined;
    for (const piece of block.pieces) {
      this.#move(piece, block.offset, false);
      this.#copyOut(piece, out.parameters[piece.array]!, piece.first);
    }
    if (block.ofX !== undefined) {
      exports.copyBack(block.workPtr, block.ofX.ptr);
      this.#copyOut(block.ofX, out.x!);
    }
    if (out.outputs !== undefined) {
      exports.copyPassOutputs(block.workPtr, block.y.ptr); // as many as targets, which are used
      this.#copyOut(block.y, out.outputs);
    }
    return exports.gradientsErrorSum(block.workPtr);
  }

  apply(gradients: readonly FloatArray[], learningRate: number): StepStatus {
    const { arena, exports, kernels, ptr } = this.#memory;
    const block = this.#stepBlockOf();
    const { workPtr } = block;
    this.#copyIn(block, gradients);
    let status = kernels.stepGuarded(ptr, workPtr, learningRate, 0);
    if (status === code.NOT_FINITE) return "bad-data";
    if (status === code.UNFINISHED) {
      const stateBytes = exports.slotBytes(ptr) * (1 + slotCount(this.#shape.optimizer));
      status = arena.borrow([stateBytes], (snapshotPtr) => {
        this.#copyIn(block, gradients); // penalties were added to them
        return kernels.stepGuarded(ptr, workPtr, learningRate, snapshotPtr);
      });
    }
    return status === code.FINISHED ? "done" : "not-finite";
  }

  #blockFor(rows: number, withX: boolean): GradientBlock {
    const known = this.#gradientBlock;
    if (known?.rows === rows && known.withX === withX) return known;
    this.#gradientBlock = undefined;
    known?.kept.release();
    const { arena, dtype, elementBytes, exports, ptr, inputs } = this.#memory;
    const outputs = last(this.#layers).units;
    const lengths = [rows * inputs, rows * outputs, rows, this.#pieceLength(), ...(withX ? [rows * inputs] : [])];
    const { kept, placed } = this.#place(exports.gradientsBytes(ptr, rows, withX), lengths);
    const [x, y, weights, { ptr: piecePtr }, ofX] = placed as [Placed, Placed, Placed, Placed, Placed?];
    exports.createGradients(kept.ptr, ptr, rows, withX);
    for (const { ptr, length } of [x, y]) arena.view(dtype, ptr, length + 16 / elementBytes).fill(0);
    const pieces = this.#piecesAt(piecePtr);
    const offset = exports.keptOffset(kept.ptr);
    const block = { kept, rows, withX, workPtr: kept.ptr, offset, x, y, weights, pieces, ofX };
    this.#gradientBlock = block;
    return block;
  }

  #stepBlockOf(): StepBlock {
    if (this.#stepBlock !== undefined) return this.#stepBlock;
    const { exports, ptr } = this.#memory;
    const { kept, placed } = this.#place(exports.stepBytes(ptr), [this.#pieceLength()]);
    const offset = exports.gradientsOffset(ptr, kept.ptr);
    this.#stepBlock = { workPtr: kept.ptr, offset, pieces: this.#piecesAt(placed[0]!.ptr) };
    return this.#stepBlock;
  }

  /** Elements of the largest piece, or more. */
  #pieceLength(): number {
    const { elementBytes, parameterCount } = this.#memory;
    return Math.min(parameterCount, Math.max(PIECE_BYTES / elementBytes, ...this.#layers.map(({ units }) => units)));
  }

  /** All parameters, in pieces that lie at ptr when it is their turn. */
  #piecesAt(ptr: number): Piece[] {
    const most = this.#pieceLength();
    const pieces: Piece[] = [];
    let array = 0;
    this.#layers.forEach(({ units, parameters }, layer) => {
      let begin = 0; // of an array's rows
      for (const { length } of parameters) {
        const end = begin + length / units;
        for (let row = begin, rows = 0; row < end; row += rows) {
          rows = Math.min(Math.floor(most / units), end - row);
          const values = floatArray(this.#memory.dtype, 0);
          pieces.push({ ptr, length: rows * units, values, array, first: (row - begin) * units, layer, row, rows });
        }
        begin = end;
        array++;
      }
    });
    return pieces;
  }

  /** A block that begins with `bytes` bytes; arrays of these lengths follow, all aligned. */
  #place(bytes: number, lengths: readonly number[]): { kept: Kept; placed: Placed[] } {
    const size = this.#memory.elementBytes;
    let end = align(bytes);
    const offsets = lengths.map((length) => {
      const offset = end;
      end = align(end + length * size + 16); // a register may reach over an array's end
      return offset;
    });
    const kept = this.#keep(end);
    const placed = lengths.map((length, n) => ({
      ptr: kept.ptr + offsets[n]!,
      length,
      values: floatArray(this.#memory.dtype, 0),
    }));
    return { kept, placed };
  }

  /** A piece from where it is in panels, or with `set` to there. */
  #move({ ptr, length, layer, row, rows }: Piece, offset: number, set: boolean): void {
    this.#memory.exports.moveParameters(this.#memory.ptr, layer, offset, row, rows, 0, length / rows, ptr, set);
  }

  #valuesOf(placed: Placed): FloatArray {
    if (placed.values.length > 0) return placed.values;
    const { arena, dtype } = this.#memory;
    const { ptr, length } = placed;
    placed.values = arena.hasViews ? arena.view(dtype, ptr, length) : floatArray(dtype, length);
    return placed.values;
  }

  #fill(placed: Placed, source: RowSource): void {
    const values = this.#valuesOf(placed);
    const { kernels, elementBytes } = this.#memory;
    const { ptr, length } = placed;
    if (source.copyUnchecked?.(values)) {
      this.#written(placed);
      if (kernels.largest(ptr, length * elementBytes) < Number.POSITIVE_INFINITY) return; // what follows is finite, too
    }
    source.copyTo(values); // it checks, and names what is wrong
    this.#written(placed);
  }

  #copyIn({ offset, pieces }: StepBlock, gradients: readonly FloatArray[]): void {
    for (const piece of pieces) {
      copy(this.#valuesOf(piece), partOf(gradients[piece.array]!, piece));
      this.#written(piece);
      this.#move(piece, offset, true);
    }
  }

  #written({ ptr, values }: Placed): void {
    const { arena, dtype } = this.#memory;
    if (!arena.hasViews) arena.write(dtype, ptr, values);
  }

  /** To where in `target` the placed array begins. */
  #copyOut(placed: Placed, target: FloatArray, first = 0): void {
    const { arena, dtype } = this.#memory;
    const values = this.#valuesOf(placed);
    if (!arena.hasViews) arena.copyOut(dtype, placed.ptr, values);
    copy(partOf(target, { first, length: placed.length }), values);
  }
}

/** Some elements of a caller's array. */
function partOf(array: FloatArray, { first, length }: Pick<Piece, "first" | "length">): FloatArray {
  return lengthOf(array) === length ? array : plainView(array, first, length);
}

const FEW = 16; // the core waits for numbers that were written one by one and are read as registers

function copy(target: FloatArray, source: FloatArray): void {
  const length = lengthOf(source);
  if (length <= FEW) for (let n = 0; n < length; n++) target[n] = source[n]!;
  else copyInto(target, source);
}
