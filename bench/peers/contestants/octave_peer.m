% GNU Octave, in f32 (single) or f64, vectorized: a column a sample, as the data lies in memory, and the bias added by
% broadcasting. octave-cli --quiet --no-init-file octave_peer.m JOBFILE
1;

function say(message)
  printf("%s\n", jsonencode(message));
  fflush(stdout);
end

% fgetl peeks at the character after a line, so it would wait for the runner's next line before it returned this one.
function line = read_line()
  line = "";
  do
    character = fread(stdin, 1, "uint8=>char");
    line = [line character];
  until isempty(character) || character == "\n"
end

function data = read_floats(file, job, rows)
  id = fopen(file, "r", "ieee-le");
  if strcmp(job.dtype, "f32")
    data = fread(id, [rows, Inf], "single=>single");
  else
    data = fread(id, [rows, Inf], "double=>double");
  end
  fclose(id);
end

% Row-major inputs × units read column by column are units × inputs.
function [weights, biases] = read_layers(job)
  parameters = read_floats(job.parameters, job, 1);
  sizes = job.sizes;
  at = 0;
  for l = 1 : numel(sizes) - 1
    count = sizes(l) * sizes(l + 1);
    weights{l} = reshape(parameters(at + 1 : at + count), sizes(l + 1), sizes(l));
    biases{l} = parameters(at + count + 1 : at + count + sizes(l + 1))(:);
    at += count + sizes(l + 1);
  end
end

function [xs, ys, counts] = batches(job, x, y, rows)
  starts = 1 : job.batchSize : rows;
  for n = 1 : numel(starts)
    columns = starts(n) : min(starts(n) + job.batchSize - 1, rows);
    xs{n} = x(:, columns);
    ys{n} = y(:, columns);
    counts(n) = numel(columns);
  end
end

function a = forward(weights, biases, a)
  for l = 1 : numel(weights)
    a = 1 ./ (1 + exp(-(weights{l} * a + biases{l})));
  end
end

function [weights, biases] = train_step(weights, biases, x, y, learning_rate)
  last = numel(weights);
  activations = cell(1, last);
  a = x;
  for l = 1 : last
    a = 1 ./ (1 + exp(-(weights{l} * a + biases{l})));
    activations{l} = a;
  end
  delta = (a - y) .* a .* (1 - a);
  for l = last : -1 : 2
    below = activations{l - 1};
    behind = weights{l}' * delta;
    weights{l} -= learning_rate * (delta * below');
    biases{l} -= learning_rate * sum(delta, 2);
    delta = behind .* below .* (1 - below);
  end
  weights{1} -= learning_rate * (delta * x');
  biases{1} -= learning_rate * sum(delta, 2);
end

function loss = check(job, x, y)
  [weights, biases] = read_layers(job);
  [xs, ys] = batches(job, x, y, job.checkRows);
  for epoch = 1 : job.checkEpochs
    for n = 1 : numel(xs)
      [weights, biases] = train_step(weights, biases, xs{n}, ys{n}, job.learningRate);
    end
  end
  columns = 1 : job.checkRows;
  difference = double(forward(weights, biases, x(:, columns))) - double(y(:, columns));
  loss = 0.5 * sum(difference(:) .^ 2) / job.checkRows;
end

% What a round needs and the next one goes on with.
function [samples, seconds, state] = run_round(job, state, at_least)
  samples = 0;
  weights = state.weights;
  biases = state.biases;
  next = state.next;
  x = state.x;
  start = tic();
  switch job.task
    case "train"
      xs = state.xs;
      ys = state.ys;
      counts = state.counts;
      do
        [weights, biases] = train_step(weights, biases, xs{next}, ys{next}, job.learningRate);
        samples += counts(next);
        next = mod(next, numel(xs)) + 1;
      until toc(start) >= at_least
    case "predict-one"
      total = 0;
      do
        total += forward(weights, biases, x(:, next))(1);
        samples++;
        next = mod(next, columns(x)) + 1;
      until toc(start) >= at_least
      assert(isfinite(total));
    case "predict-batch"
      do
        outputs = forward(weights, biases, x);
        samples += columns(outputs);
      until toc(start) >= at_least
  end
  seconds = toc(start);
  state.weights = weights;
  state.biases = biases;
  state.next = next;
end

sigterm_dumps_octave_core(false); % ended by the runner, it leaves no file behind
arguments = argv();
job = jsondecode(fileread(arguments{end}));
blas = strtok(version("-blas"), "(\n");
if isempty(strfind(blas, "OpenBLAS")) && isempty(strfind(blas, "MKL"))
  say(struct("unsupported", "BLAS here is the slow reference implementation; Debian's libopenblas0 replaces it"));
  exit(0);
end

state.x = read_floats(job.x, job, job.sizes(1));
state.next = 1;
[state.weights, state.biases] = read_layers(job);
ready = struct("ready", true);
if strcmp(job.task, "train")
  y = read_floats(job.y, job, job.sizes(end));
  ready.loss = check(job, state.x, y);
  [state.xs, state.ys, state.counts] = batches(job, state.x, y, job.rows);
else
  ready.outputs = double(forward(state.weights, state.biases, state.x(:, 1:4))(:));
end
ready.version = [version() ", " strtrim(blas)];
[~, ~, state] = run_round(job, state, 2 * job.roundSeconds); % warms up
say(ready);
while !isempty(line = read_line())
  if strcmp(strtrim(line), "round")
    [samples, seconds, state] = run_round(job, state, job.roundSeconds);
    say(struct("samples", samples, "seconds", seconds));
  end
end
