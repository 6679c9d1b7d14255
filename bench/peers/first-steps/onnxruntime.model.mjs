// Evaluated when it is bundled: the bundle has the bytes.

import { modelsOf } from "../contestants/onnx-models.mjs";

export default modelsOf({ sizes: [784, 30, 10], dtype: "f32", learningRate: 0.1 }).step(10);
