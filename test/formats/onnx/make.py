# Writes the .onnx files of this folder, and cases.json with what the models give for some rows:
#   python3 make.py
# With Debian's python3-torch 1.13, python3-sklearn 1.2 and python3-onnx 1.12.
#
# - torch-*: written by torch.onnx.export; the outputs are PyTorch's.
# - sklearn-*: networks that scikit-learn fitted, whose outputs are its own. skl2onnx is no package of Debian: the graphs
#   have the nodes of its converters (skl2onnx/operator_converters/multilayer_perceptron.py, scaler_op.py, zip_map.py).
# - dynamo-* and keras-*: as torch.onnx.export(dynamo=True) and tf2onnx write such networks, which aren't packages of
#   Debian either; the outputs are numpy's, in f64.
import io
import json
import math
import pathlib
import warnings

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
from torch import nn

warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent
CASES = []
ERF = np.vectorize(math.erf)


def add(name, file, x, outputs, **options):
    (HERE / f"{name}.onnx").write_bytes(file)
    x, outputs = np.asarray(x), np.asarray(outputs)
    CASES.append({"name": name, "x": x.tolist(), "outputs": outputs.astype(np.float64).tolist(), **options})


# ---- PyTorch


def exported(module, x, opset, **options):
    file = io.BytesIO()
    options = {"input_names": ["x"], "output_names": ["y"], "dynamic_axes": {"x": {0: "n"}, "y": {0: "n"}}, **options}
    torch.onnx.export(module, x, file, opset_version=opset, **options)
    return file.getvalue()


def with_torch(name, module, shape, opset, dtype=torch.float32, **options):
    x = torch.randn(*shape, dtype=dtype)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm1d):
            nn.init.uniform_(part.running_mean, -1, 1)
            nn.init.uniform_(part.running_var, 0.5, 2)
            nn.init.uniform_(part.weight, 0.5, 2)
            nn.init.uniform_(part.bias, -1, 1)
    module = module.to(dtype).eval()
    with torch.no_grad():
        outputs = module(x)
    rows = x.reshape(shape[0], -1)
    file = exported(module, x, opset, **options)
    add(name, file, rows, outputs.reshape(shape[0], -1), shape=shape, dtype="f64" if dtype == torch.float64 else "f32")


def everything():
    return nn.Sequential(
        nn.BatchNorm1d(3), nn.Linear(3, 5), nn.BatchNorm1d(5), nn.GELU(), nn.Linear(5, 4, bias=False), nn.LayerNorm(4),
        nn.GELU(approximate="tanh"), nn.Linear(4, 4), nn.SiLU(), nn.Linear(4, 4), nn.Hardswish(), nn.Linear(4, 4),
        nn.Mish(), nn.Linear(4, 4), nn.ReLU6(), nn.Linear(4, 4), nn.Hardsigmoid(), nn.Dropout(0.2), nn.Linear(4, 4),
        nn.Softplus(), nn.Linear(4, 3), nn.Softmax(-1),
    )


class Viewed(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(6, 1)

    def forward(self, x):
        return torch.sigmoid(self.dense(x.view(x.size(0), -1))).squeeze(-1)


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 4), nn.Linear(4, 2)
        self.register_buffer("mean", torch.randn(3))
        self.register_buffer("deviation", torch.rand(3) + 0.5)

    def forward(self, x):
        return torch.tanh(self.b(torch.relu(self.a((x - self.mean) / self.deviation)))) * 2.5 + torch.ones(2)


def of_torch():
    torch.manual_seed(1)
    for opset in (9, 11, 13, 17):
        module = everything()
        if opset < 10:
            module = nn.Sequential(*[part for part in module if not isinstance(part, (nn.Hardswish, nn.Hardsigmoid))])
        with_torch(f"torch-everything-{opset}", module, (4, 3), opset)
    activations = (nn.ELU(0.5), nn.SELU(), nn.LeakyReLU(0.2), nn.PReLU(), nn.Softsign(), nn.Tanh(), nn.Sigmoid())
    chain = [part for activation in activations for part in (nn.Linear(3, 3), activation)]
    with_torch("torch-activations", nn.Sequential(*chain), (4, 3), 17)
    with_torch("torch-double", nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.LayerNorm(4), nn.Linear(4, 2)), (4, 3), 16, torch.float64)
    with_torch("torch-view", Viewed(), (4, 2, 3), 17, do_constant_folding=False)
    with_torch("torch-scaled", Scaled(), (4, 3), 17)
    with_torch("torch-one-row", nn.Sequential(nn.Flatten(), nn.Linear(6, 2)), (1, 2, 3), 17, dynamic_axes={})
    with_torch("torch-unfolded", nn.Linear(3, 2), (4, 1, 3), 11, do_constant_folding=False)


# ---- graphs that are made here


class Graph:
    def __init__(self, dtype=np.float32):
        self.nodes, self.tensors, self.dtype = [], [], dtype

    def node(self, operator, *inputs, domain="", outputs=1, **attributes):
        names = [f"{operator}_{len(self.nodes)}:{n}" for n in range(outputs)]
        node = helper.make_node(operator, inputs, names, f"{operator}_{len(self.nodes)}", domain=domain, **attributes)
        self.nodes.append(node)
        return names[0]

    def tensor(self, name, values, dtype=None):
        self.tensors.append(numpy_helper.from_array(np.asarray(values, dtype or self.dtype), name))
        return name

    def constant(self, values, dtype=None):
        value = numpy_helper.from_array(np.asarray(values, dtype or self.dtype))
        return self.node("Constant", value=value)

    def rename(self, old, new):
        for node in self.nodes:
            node.input[:] = [new if name == old else name for name in node.input]
            node.output[:] = [new if name == old else name for name in node.output]

    def file(self, inputs, outputs, opset=15, check=True):
        domains = {node.domain for node in self.nodes} | {""}
        opsets = [helper.make_opsetid(domain, 2 if domain == "ai.onnx.ml" else opset) for domain in sorted(domains)]
        model = helper.make_model(
            helper.make_graph(self.nodes, "graph", inputs, outputs, self.tensors), opset_imports=opsets, ir_version=8
        )
        if check:
            onnx.checker.check_model(model)
        return model.SerializeToString()


def numbers(name, columns, dtype=TensorProto.FLOAT, batch="N"):
    return helper.make_tensor_value_info(name, dtype, [batch, columns] if columns else [batch])


def sequence_of_maps(name, key):
    info = onnx.ValueInfoProto(name=name)
    types = info.type.sequence_type.elem_type.map_type
    types.key_type = key
    types.value_type.tensor_type.elem_type = TensorProto.FLOAT
    return info


# ---- scikit-learn


def mlp(graph, model, x):
    """_forward_pass of skl2onnx."""
    names = {"identity": "Identity", "tanh": "Tanh", "logistic": "Sigmoid", "relu": "Relu", "softmax": "Softmax"}
    for n, (weights, biases) in enumerate(zip(model.coefs_, model.intercepts_)):
        product = graph.node("MatMul", x, graph.tensor(f"coefficient{n or ''}", weights))
        x = graph.node("Add", product, graph.tensor(f"intercepts{n or ''}", [biases]))
        last = n == len(model.coefs_) - 1
        x = graph.node(names[model.out_activation_ if last else model.activation], x)
    return x


def labels(graph, probabilities, classes):
    place = graph.node("ArgMax", probabilities, axis=1)
    found = graph.node("ArrayFeatureExtractor", graph.tensor("classes", classes, np.int32), place, domain="ai.onnx.ml")
    reshaped = graph.node("Reshape", found, graph.tensor("shape_tensor", [-1], np.int64))
    graph.rename(graph.node("Cast", reshaped, to=TensorProto.INT64), "output_label")


def of_sklearn():
    random = np.random.default_rng(3)
    x = random.normal(size=(60, 3)) * [1, 5, 0.2] + [0, 20, 1]
    y = (x @ [1, 0.2, 3] > 7).astype(int) + (x[:, 0] > 0.5)
    scaler = StandardScaler().fit(x)
    rows = x[:4].astype(np.float32)
    options = {"max_iter": 30, "random_state": 0}

    model = MLPClassifier((6, 4), activation="tanh", **options).fit(scaler.transform(x), y)
    graph = Graph()
    scaled = graph.node("Scaler", "X", domain="ai.onnx.ml", offset=scaler.mean_, scale=1 / scaler.scale_)
    probabilities = graph.node("Identity", mlp(graph, model, graph.node("Cast", scaled, to=TensorProto.FLOAT)))
    graph.rename(probabilities, "probabilities")
    labels(graph, "probabilities", model.classes_)
    graph.rename(graph.node("ZipMap", "probabilities", domain="ai.onnx.ml", classlabels_int64s=[0, 1, 2]), "output_probability")
    outputs = [numbers("output_label", None, TensorProto.INT64), sequence_of_maps("output_probability", TensorProto.INT64)]
    add("sklearn-pipeline", graph.file([numbers("X", 3)], outputs), rows, model.predict_proba(scaler.transform(rows)), run="probabilities")

    model = MLPClassifier(5, activation="logistic", **options).fit(scaler.transform(x), y > 0)
    graph = Graph()
    p = mlp(graph, model, graph.node("Cast", "X", to=TensorProto.FLOAT))
    graph.rename(graph.node("Concat", graph.node("Sub", graph.tensor("unity", 1), p), p, axis=1), "probabilities")
    labels(graph, "probabilities", model.classes_)
    rows = scaler.transform(x[:4]).astype(np.float32)
    outputs = [numbers("output_label", None, TensorProto.INT64), numbers("probabilities", 2)]
    add("sklearn-binary", graph.file([numbers("X", 3)], outputs), rows, model.predict_proba(rows)[:, 1:])

    model = MLPRegressor(5, **options).fit(scaler.transform(x), x[:, 1])
    graph = Graph(np.float64)
    y = mlp(graph, model, graph.node("Cast", "X", to=TensorProto.DOUBLE))
    graph.rename(graph.node("Reshape", y, graph.tensor("shape_tensor", [-1, 1], np.int64)), "variable")
    rows = scaler.transform(x[:4])
    file = graph.file([numbers("X", 3, TensorProto.DOUBLE)], [numbers("variable", 1, TensorProto.DOUBLE)])
    add("sklearn-regressor", file, rows, model.predict(rows)[:, None], dtype="f64")


# ---- torch.onnx.export(dynamo=True)


def gelu(z):
    return z * 0.5 * (1 + ERF(z / np.sqrt(2)))


def of_dynamo():
    random = np.random.default_rng(4)
    draw = lambda *shape: random.normal(size=shape).astype(np.float32)
    w1, b1, w2, b2, g, b, x = draw(5, 3), draw(5), draw(2, 5), draw(2), draw(5), draw(5), draw(4, 3)
    z = x.astype(np.float64) @ w1.T + b1
    a = gelu((z - z.mean(1, keepdims=True)) / np.sqrt(z.var(1, keepdims=True) + 1e-5) * g + b)

    def network(graph, linear):
        z = graph.node("LayerNormalization", linear(graph, "x", w1, b1, "fc1"), graph.tensor("n.weight", g), graph.tensor("n.bias", b), axis=-1, epsilon=1e-5)
        erf = graph.node("Erf", graph.node("Div", z, graph.tensor("scalar_tensor_default", math.sqrt(2))))
        a = graph.node("Mul", z, graph.node("Add", erf, graph.tensor("scalar_tensor_default_1", 1)))
        a = graph.node("Mul", graph.tensor("scalar_tensor_default_2", 0.5), a)
        graph.rename(linear(graph, a, w2, b2, "fc2"), "linear_1")

    def fused(graph, x, weights, biases, name):
        return graph.node("Gemm", x, graph.tensor(f"{name}.weight", weights), graph.tensor(f"{name}.bias", biases), beta=1.0, transB=1, alpha=1.0, transA=0)

    def unfused(graph, x, weights, biases, name):
        turned = graph.node("Transpose", graph.tensor(f"{name}.weight", weights), perm=[1, 0])
        return graph.node("Add", graph.node("MatMul", x, turned), graph.tensor(f"{name}.bias", biases))

    outputs = a @ w2.astype(np.float64).T + b2
    for name, linear in (("dynamo-fused", fused), ("dynamo-unfused", unfused)):
        graph = Graph()
        network(graph, linear)
        add(name, graph.file([numbers("x", 3, batch="s0")], [numbers("linear_1", 2, batch="s0")], 17), x, outputs)

    # as save with external_data=True, which is the default
    model = onnx.load_from_string((HERE / "dynamo-fused.onnx").read_bytes())
    onnx.external_data_helper.convert_model_to_external_data(model, True, "dynamo-external.onnx.data", 0)
    (HERE / "dynamo-external.onnx.data").unlink(missing_ok=True)
    onnx.save(model, str(HERE / "dynamo-external.onnx"))
    add("dynamo-external", (HERE / "dynamo-external.onnx").read_bytes(), x, outputs, external="dynamo-external.onnx.data")


# ---- Keras, by tf2onnx


def of_keras():
    random = np.random.default_rng(5)
    draw = lambda *shape: random.normal(size=shape).astype(np.float32)
    w = [draw(6, 5), draw(5, 4), draw(4, 4), draw(4, 3)]
    b = [draw(5), draw(4), draw(4), draw(3)]
    scale, offset, x = draw(4), draw(4), draw(4, 6)
    graph = Graph()

    def dense(value, n, bias=True):
        name = f"sequential/dense_{n}/MatMul"
        product = graph.node("MatMul", value, graph.tensor(f"{name}/ReadVariableOp:0", w[n]))
        return graph.node("Add", product, graph.tensor(f"sequential/dense_{n}/BiasAdd/ReadVariableOp:0", b[n])) if bias else product

    z = dense(graph.node("Reshape", "input_1", graph.tensor("const_fold", [-1, 6], np.int64)), 0)
    value = graph.node("Mul", z, graph.node("Sigmoid", z))
    z = dense(value, 1)
    # batch normalization
    z = graph.node("Add", graph.node("Mul", graph.node("Relu", z), graph.tensor("bn/mul_1", scale)), graph.tensor("bn/sub", offset))
    z = dense(z, 2)
    half = graph.node("Mul", graph.tensor("gelu/mul/x", 0.5), z)
    erf = graph.node("Erf", graph.node("Div", z, graph.tensor("gelu/Cast", math.sqrt(2))))
    value = graph.node("Mul", half, graph.node("Add", graph.tensor("gelu/add/x", 1), erf))
    graph.rename(graph.node("Softmax", dense(value, 3), axis=-1), "dense_3")
    w, b = [values.astype(np.float64) for values in w], [values.astype(np.float64) for values in b]
    a = x.astype(np.float64) @ w[0] + b[0]
    a = a / (1 + np.exp(-a))
    a = np.maximum(a @ w[1] + b[1], 0) * scale + offset
    a = np.exp(gelu(a @ w[2] + b[2]) @ w[3] + b[3])
    info = helper.make_tensor_value_info("input_1", TensorProto.FLOAT, ["unk__12", 2, 3])
    add("keras-gelu", graph.file([info], [numbers("dense_3", 3, batch="unk__13")], 13), x, a / a.sum(1, keepdims=True), shape=(4, 2, 3))

    # all weights in 16 bits, between casts
    for name, dtype in (("float16", TensorProto.FLOAT16), ("bfloat16", TensorProto.BFLOAT16)):
        small = random.integers(-8, 9, size=(3, 2)) / 4
        raw = small.astype(np.float16).tobytes() if name == "float16" else (small.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16).tobytes()
        graph = Graph()
        graph.tensors.append(helper.make_tensor("w", dtype, [3, 2], raw, raw=True))
        weights = graph.node("Cast", "w", to=TensorProto.FLOAT)
        graph.rename(graph.node("MatMul", "x", weights), "y")
        add(f"keras-{name}", graph.file([numbers("x", 3)], [numbers("y", 2)], 13), x[:, :3], x[:, :3].astype(np.float64) @ small)


of_torch()
of_sklearn()
of_dynamo()
of_keras()
(HERE / "cases.json").write_text(json.dumps(CASES, indent=1).replace("\n   ", " ").replace("\n  ]", " ]") + "\n")
print(len(CASES), "models")
