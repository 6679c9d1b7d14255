"""From a CSV file to a model with pandas and scikit-learn: python3 from-csv.py file.csv float64|float32

Prints seconds for reading, for training, and the accuracy on the rows. What trains has the options of from-csv.ts.
"""

import json
import sys
import time
import warnings

import pandas
import sklearn
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("ignore")  # that 20 epochs are not all that it could do
path, dtype = sys.argv[1:]
start, used = time.perf_counter(), time.process_time()
table = pandas.read_csv(path)
read = time.perf_counter()
y = table.pop("label")
x = StandardScaler().fit_transform(table.to_numpy(dtype))
model = MLPClassifier((64, 64), batch_size=128, max_iter=20, n_iter_no_change=20, random_state=0).fit(x, y)
end, cpu = time.perf_counter(), time.process_time() - used
assert model.n_iter_ == 20 and model.coefs_[0].dtype == dtype
versions = {"pandas": pandas.__version__, "scikit-learn": sklearn.__version__}
found = {"read": read - start, "train": end - read, "cpu": cpu, "accuracy": model.score(x, y)}
print(json.dumps({**found, "versions": versions}))
