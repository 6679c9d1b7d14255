# Checks ONNX models, whose types and shapes are inferred, too: python3 check.py MODEL…
import sys

import onnx

for path in sys.argv[1:]:
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    output = model.graph.output[0]
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph.output[0]
    assert output == inferred, path
print(len(sys.argv) - 1, "models are well-formed")
