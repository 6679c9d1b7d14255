// Lists of functions as TensorFlow.js has them.

import { OptionError } from "../errors.ts";

/**
 * A list of functions that throws an error for a name that it doesn't have: what TensorFlow.js has there, and this
 * hasn't, is named.
 */
export function namespace<T extends object>(name: string, members: T): T {
  return new Proxy(members, {
    get(target, key) {
      if (typeof key === "symbol" || key in target || ["then", "toJSON", "default", "$$typeof"].includes(key)) {
        return Reflect.get(target, key);
      }
      const known = Object.keys(members);
      const others = known.length > 0 ? `; known: ${known.join(", ")}` : ", which has dense networks alone";
      throw new OptionError(`tf.${name}.${key} is not in bitgrad/tfjs${others}`);
    },
  });
}
