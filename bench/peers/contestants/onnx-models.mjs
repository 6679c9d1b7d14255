// Models for ONNX Runtime, which has no trainer any more: forward, backward and the SGD update of one batch, whose weights
// are inputs and whose new weights are outputs; many such steps in a Scan; and the forward pass alone.

import onnxProto from "onnx-proto";

const { onnx } = onnxProto;
const { FLOAT, INT, GRAPH } = onnx.AttributeProto.AttributeType;

/**
 * Tensors in and out are `x`, `y`, `w0`, `b0` … and `w0new`, `b0new` … of a step, `xs`, `ys`, `w0first` … and `w0last` … of
 * a scan, `x` and the last layer's `a…` of a prediction.
 */
export function modelsOf({ sizes, dtype, learningRate }) {
  const elemType = onnx.TensorProto.DataType[dtype === "f64" ? "DOUBLE" : "FLOAT"];
  const Floats = dtype === "f64" ? Float64Array : Float32Array;
  const last = sizes.length - 2;
  const layers = sizes.slice(1).map((units, l) => ({ inputs: sizes[l], units }));
  const weightNames = layers.flatMap((_, l) => [`w${l}`, `b${l}`]);

  const info = (name, dims) => ({
    name,
    type: { tensorType: { elemType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
  });
  const weightInfo = (suffix) =>
    layers.flatMap(({ inputs, units }, l) => [
      info(`w${l}${suffix}`, [inputs, units]),
      info(`b${l}${suffix}`, [1, units]),
    ]);
  const constant = (name, dims, data) => ({
    name,
    dims,
    dataType: elemType,
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });

  function forward() {
    return layers.flatMap((_, l) => [
      node("Gemm", [l === 0 ? "x" : `a${l - 1}`, `w${l}`, `b${l}`], [`z${l}`]),
      node("Sigmoid", [`z${l}`], [`a${l}`]),
    ]);
  }

  // Gemm adds its third input, so it makes the update at once: W − lr aᵀδ, and b − lr 1ᵀδ with a row of ones. Its factor is
  // an f32, so in f64 δ is multiplied by the learning rate first.
  function backwardAndUpdate() {
    const isDouble = dtype === "f64";
    const alpha = isDouble ? -1 : -learningRate;
    const nodes = [];
    for (let l = last; l >= 0; l--) {
      if (l === last) nodes.push(node("Sub", [`a${l}`, "y"], [`e${l}`]));
      else nodes.push(node("Gemm", [`d${l + 1}`, `w${l + 1}`], [`e${l}`], { transB: 1 }));
      const scaled = isDouble ? `r${l}` : `d${l}`;
      nodes.push(
        node("Mul", [`a${l}`, `a${l}`], [`s${l}`]),
        node("Sub", [`a${l}`, `s${l}`], [`t${l}`]),
        node("Mul", [`e${l}`, `t${l}`], [`d${l}`]),
        ...(isDouble ? [node("Mul", [`d${l}`, "rate"], [`r${l}`])] : []),
        node("Gemm", [l === 0 ? "x" : `a${l - 1}`, scaled, `w${l}`], [`w${l}new`], { alpha, transA: 1 }),
        node("Gemm", ["ones", scaled, `b${l}`], [`b${l}new`], { alpha }),
      );
    }
    return nodes;
  }

  const step = (rows) => ({
    name: "step",
    node: [...forward(), ...backwardAndUpdate()],
    input: [...weightInfo(""), info("x", [rows, sizes[0]]), info("y", [rows, sizes.at(-1)])],
    output: weightInfo("new"),
    initializer: [
      constant("ones", [1, rows], new Floats(rows).fill(1)),
      ...(dtype === "f64" ? [constant("rate", [1], new Floats([learningRate]))] : []),
    ],
  });

  const scan = (rows, steps) => ({
    name: "scan",
    node: [
      node(
        "Scan",
        [...weightNames.map((name) => `${name}first`), "xs", "ys"],
        weightNames.map((name) => `${name}last`),
        { body: step(rows), num_scan_inputs: 2 },
      ),
    ],
    input: [...weightInfo("first"), info("xs", [steps, rows, sizes[0]]), info("ys", [steps, rows, sizes.at(-1)])],
    output: weightInfo("last"),
  });

  /** `weights` as the other graphs take them: w0, b0 … */
  const predict = (rows, weights) => ({
    name: "predict",
    node: forward(),
    input: [info("x", [rows, sizes[0]])],
    output: [info(`a${last}`, [rows, sizes.at(-1)])],
    initializer: weights.map((data, n) => {
      const { inputs, units } = layers[n >> 1];
      return constant(weightNames[n], [n % 2 === 0 ? inputs : 1, units], data);
    }),
  });

  return {
    weightNames,
    step: (rows) => encoded(step(rows)),
    scan: (rows, steps) => encoded(scan(rows, steps)),
    predict: (rows, weights) => encoded(predict(rows, weights)),
  };
}

function node(opType, input, output, attributes = {}) {
  return { opType, input, output, attribute: Object.entries(attributes).map(attribute) };
}

function attribute([name, value]) {
  if (typeof value === "object") return { name, type: GRAPH, g: value };
  return name === "alpha" ? { name, type: FLOAT, f: value } : { name, type: INT, i: value };
}

function encoded(graph) {
  return onnx.ModelProto.encode({ irVersion: 7, opsetImport: [{ domain: "", version: 13 }], graph }).finish();
}
