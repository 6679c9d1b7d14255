// Finds formulas in a graph: activations and normalizations that an exporter wrote with other operators.

import type { ActivationName } from "../../catalog/activations.ts";
import { constantOf } from "./fold.ts";
import { type ActivationOperator, ALSO, FORMS, type Form, OPERATORS } from "./forms.ts";
import type { Model, Node, Value } from "./nodes.ts";
import { countOf } from "./tensor.ts";

/** What stands for the names in a formula: "z" is a result, "#…" a constant, all others are numbers. */
export type Found = Readonly<Record<string, Value | number>>;

/** A number with the relative error that it may have. */
interface Numeral {
  readonly number: number;
  readonly epsilon: number;
}
type Argument = Value | Numeral;

/** Those of activations, which are continuous: where both sides are equal makes no difference. */
const COMPARISONS: Readonly<Record<string, { readonly name: string; readonly isTurned: boolean }>> = {
  GreaterOrEqual: { name: "Greater", isTurned: false },
  Less: { name: "Greater", isTurned: true },
  LessOrEqual: { name: "Greater", isTurned: true },
};

const MAX_STEPS = 20_000; // the longest formula takes 1,500

/** What the names stand for, if a value is computed by the formula; in Mul and Add the order is of no account. */
export function match(model: Model, form: Form, value: Value): Found | undefined {
  return new Matcher(model).all([[form, value]], {});
}

/** The form with another one in place of z. */
function substituted(form: Form, z: Form): Form {
  if (typeof form === "object") return form.map((part) => substituted(part, z));
  return form === "z" ? z : form;
}

type Pair = readonly [form: Form, argument: Argument];

class Matcher {
  readonly #model: Model;
  #steps = 0;

  constructor(model: Model) {
    this.#model = model;
  }

  /** Matches all pairs, the last first. */
  all(pairs: readonly Pair[], found: Found): Found | undefined {
    if (pairs.length === 0 || ++this.#steps > MAX_STEPS) return pairs.length === 0 ? found : undefined;
    const rest = pairs.slice(0, -1);
    const [form, argument] = pairs[pairs.length - 1]!;
    if (typeof form === "number") {
      const numeral = this.#numeral(argument);
      return numeral !== undefined && isNear(numeral, form) ? this.all(rest, found) : undefined;
    }
    if (typeof form === "string") {
      const known = found[form];
      const now = form === "z" || form.startsWith("#") ? this.#value(argument, form) : this.#named(argument, form);
      if (now === undefined || (known !== undefined && known !== now)) return undefined;
      return this.all(rest, { ...found, [form]: now });
    }
    const [operator, ...parts] = form as readonly [string, ...Form[]];
    const forms = FORMS[operator as ActivationName]?.() ?? [];
    for (const one of forms) {
      const result = this.all([...rest, [substituted(one, parts[0]!), argument]], found);
      if (result !== undefined) return result;
    }
    if (!("name" in argument) || argument.node === undefined) return undefined;
    if (operator === "*" || operator === "+") {
      for (const list of this.#expanded(operator, [argument], parts.length)) {
        const result = this.#anyOrder(parts, list, rest, found);
        if (result !== undefined) return result;
      }
      return undefined;
    }
    const { node } = argument;
    const name = COMPARISONS[node.operator]?.name ?? node.operator;
    if (name !== operator || !this.#fits(node)) return undefined;
    const list = this.#arguments(node);
    if (operator === "Where") {
      // the same choice with its condition turned
      const [condition, yes, no] = parts as [readonly [string, Form, Form], Form, Form];
      const turned: Form[] = [["Greater", condition[2], condition[1]], no, yes];
      return this.#inOrder(parts, list, rest, found) ?? this.#inOrder(turned, list, rest, found);
    }
    if (operator === "Max" || operator === "Min") return this.#anyOrder(parts, list, rest, found);
    return this.#inOrder(parts, list, rest, found);
  }

  #inOrder(parts: readonly Form[], list: readonly Argument[], rest: readonly Pair[], found: Found): Found | undefined {
    if (list.length !== parts.length) return undefined;
    return this.all([...rest, ...parts.map((part, n): Pair => [part, list[n]!])], found);
  }

  #anyOrder(parts: readonly Form[], list: readonly Argument[], rest: readonly Pair[], found: Found): Found | undefined {
    if (list.length !== parts.length) return undefined;
    if (parts.length === 0) return this.all(rest, found);
    // numbers first: they fit one argument or none
    const n = Math.max(
      0,
      parts.findIndex((part) => typeof part === "number"),
    );
    const others = parts.filter((_, m) => m !== n);
    for (const [k, argument] of list.entries()) {
      const one = this.all([[parts[n]!, argument]], found);
      const left = list.filter((_, m) => m !== k);
      const result = one && this.#anyOrder(others, left, rest, one);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  /** The factors or terms of a list of one, by as many as are asked for. */
  *#expanded(operator: "*" | "+", list: readonly Argument[], count: number): Generator<readonly Argument[]> {
    if (list.length === count) yield list;
    if (list.length >= count) return;
    for (const [n, argument] of list.entries()) {
      const parts = operator === "*" ? this.#factors(argument) : this.#terms(argument);
      if (parts === undefined) continue;
      yield* this.#expanded(operator, [...list.slice(0, n), ...parts, ...list.slice(n + 1)], count);
    }
  }

  #factors(argument: Argument): readonly Argument[] | undefined {
    if (!("name" in argument) || argument.node === undefined) return undefined;
    const { operator } = argument.node;
    const [a, b] = this.#arguments(argument.node);
    if (operator === "Mul") return [a!, b!];
    if (operator === "Neg") return [a!, { number: -1, epsilon: 0 }];
    const numeral = b && this.#numeral(b);
    if (numeral === undefined) return undefined;
    if (operator === "Div") return [a!, { ...numeral, number: 1 / numeral.number }];
    if (operator !== "Pow") return undefined;
    return numeral.number === 2 ? [a!, a!] : numeral.number === 3 ? [a!, a!, a!] : undefined;
  }

  #terms(argument: Argument): readonly Argument[] | undefined {
    if (!("name" in argument) || argument.node === undefined) return undefined;
    const { operator } = argument.node;
    const [a, b] = this.#arguments(argument.node);
    if (operator === "Add") return [a!, b!];
    const numeral = b && this.#numeral(b);
    return operator === "Sub" && numeral ? [a!, { ...numeral, number: -numeral.number }] : undefined;
  }

  /** Its inputs; of Clip and ReduceMean, which had attributes in older versions, as they are now. */
  #arguments({ operator, inputs, attributes }: Node): readonly Argument[] {
    if (operator === "ReduceMean") return inputs.slice(0, 1) as Value[];
    if (COMPARISONS[operator]?.isTurned) return [...(inputs as Value[])].reverse();
    if (operator !== "Clip") return inputs.filter((input) => input !== undefined);
    const limit = (n: number, name: string, otherwise: number): Argument => {
      const given = attributes.get(name)?.float;
      return inputs[n] ?? { number: given === undefined ? otherwise : given, epsilon: 2 ** -23 };
    };
    return [inputs[0]!, limit(1, "min", -Infinity), limit(2, "max", Infinity)];
  }

  /** Whether its attributes are those that a formula stands for. */
  #fits(node: Node): boolean {
    const { operator, inputs, attributes } = node;
    if (operator === "ReduceMean") {
      const axes =
        attributes.get("axes")?.wholes ??
        (inputs[1]?.isConstant ? [...constantOf(this.#model, inputs[1]).numbers()] : []);
      return axes.length === 1 && (axes[0] === -1 || axes[0] === 1) && attributes.get("keepdims")?.whole !== 0;
    }
    const own = activationOf(operator)?.attributes;
    return own === undefined || attributesOf(node, own) !== undefined;
  }

  #value(argument: Argument, form: string): Value | undefined {
    return "name" in argument && argument.isConstant === form.startsWith("#") ? argument : undefined;
  }

  /** The number that a name other than "z" stands for. */
  #named(argument: Argument, form: string): number | undefined {
    const numeral = this.#numeral(argument);
    // e^−16 is less than an ulp of it in f32, e^−34 in f64
    if (form === "far" && numeral !== undefined && numeral.number < (numeral.epsilon > 1e-8 ? 16 : 34))
      return undefined;
    return numeral?.number;
  }

  /** A constant of one number. */
  #numeral(argument: Argument): Numeral | undefined {
    if (!("name" in argument)) return argument;
    if (!argument.isConstant) return undefined;
    const { where, shape, epsilon, numbers } = constantOf(this.#model, argument);
    return countOf(where, shape) === 1 ? { number: numbers()[0]!, epsilon } : undefined;
  }
}

function isNear({ number, epsilon }: Numeral, wanted: number): boolean {
  // Infinity is near itself alone
  return number === wanted || Math.abs(number - wanted) < Math.min(epsilon * Math.abs(wanted), Number.MAX_VALUE);
}

/** The row of an operator, if it is an activation. */
export function activationOf(operator: string): ActivationOperator | undefined {
  const names = Object.keys(OPERATORS) as (keyof typeof OPERATORS)[];
  const written = names.map((activation) => ({ activation, ...OPERATORS[activation]! }));
  return [...written, ...ALSO].find(({ name }) => name === operator);
}

/** The defaults of ONNX. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  LeakyRelu: { alpha: 0.01 },
  Elu: { alpha: 1 },
  Celu: { alpha: 1 },
  Swish: { alpha: 1 },
  ThresholdedRelu: { alpha: 1 },
  HardSigmoid: { alpha: 0.2, beta: 0.5 },
  Selu: { alpha: 1.6732632423543772, gamma: 1.0507009873554805 },
};

/** Alpha of an operator, if it has one; undefined if another attribute is not as wanted. */
export function attributesOf(
  { operator, attributes }: Node,
  wanted: Readonly<Record<string, number | "alpha">>,
): { readonly alpha?: number } | undefined {
  let found: { readonly alpha?: number } = {};
  for (const [name, value] of Object.entries(wanted)) {
    const number = attributes.get(name)?.float ?? DEFAULTS[operator]?.[name] ?? 0;
    if (value === "alpha") found = { alpha: number };
    else if (!isNear({ number, epsilon: 2 ** -22 }, value)) return undefined;
  }
  return found;
}
