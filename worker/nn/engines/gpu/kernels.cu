// What is done to the numbers of matrices on a graphics processor: the same as in cpu/kernels.py
// and cpu/interpreter.py, whose docstrings say what and why; tests hold the two against each other.
//
// `real` is float or double. Matrices are whole: row after row with nothing between. Every argument
// is 64 bits wide, a fraction its bits, so that whoever launches a kernel need not know its types.

typedef long long Int;
typedef unsigned long long Bits;

// Before this stand ACTIVATIONS(EACH_ONE), LOSSES(EACH_ONE), OPTIMIZERS(EACH_ONE) and
// CHANGES(EACH_ONE), which name all that there are.
#define ACTIVATION(name) ACTIVATION_##name,
#define LOSS(name) LOSS_##name,
#define OPTIMIZER(name) OPTIMIZER_##name,
enum Activation { ACTIVATIONS(ACTIVATION) };
enum Loss { LOSSES(LOSS) };
enum Optimizer { OPTIMIZERS(OPTIMIZER) };
enum Columns { ADD_ROWS, ALIVE, SATURATED };
enum { COST_SUM, RIGHT, BAD_STEP };
enum { NUMBERS = 7, AVERAGING = 6, PIECE = 32768, MOST_THREADS = 1024, LANES = 32 };

// What is done to a picture as it is gathered: as in cpu/pictures.py.
#define CHANGE(name) double name;
struct Change {
  CHANGES(CHANGE)
};

// What a run brings: addresses, because a captured graph must not know where things lie this time.
// `clock` says which step of the run it is and which place of the order is its first.
struct Data {
  const unsigned char* x;
  const Int* order;
  const Int* labels;  // by place in the order
  const double* weights;
  const Change* changes;  // by place in the order
  const Bits* keys;
  const double* numbers;
  Int* clock;
  double* cells;
};

__device__ Int thread_of_all() { return (Int)blockIdx.x * blockDim.x + threadIdx.x; }
__device__ Int all_threads() { return (Int)gridDim.x * blockDim.x; }

#define EACH(i, count) for (Int i = thread_of_all(); i < (count); i += all_threads())
#define OWN(i, count) for (Int i = threadIdx.x; i < (count); i += blockDim.x)

#define INFINITE __longlong_as_double(0x7ff0000000000000LL)
#define NO_NUMBER __longlong_as_double(0x7ff8000000000000LL)

__device__ double fraction(Int bits) { return __longlong_as_double(bits); }
__device__ double weight_of(const Data* data, Int label) { return data->weights[label]; }

// The sum over all threads of a block, for each of them; in an order that never changes.
__device__ double block_sum(double value) {
  __shared__ double parts[MOST_THREADS];
  parts[threadIdx.x] = value;
  __syncthreads();
  for (unsigned half = blockDim.x / 2; half; half /= 2) {
    if (threadIdx.x < half) parts[threadIdx.x] += parts[threadIdx.x + half];
    __syncthreads();
  }
  double total = parts[0];
  __syncthreads();
  return total;
}

// The rows of a step.

extern "C" __global__ void gather(const Data* data, const real* shift, const real* factor,
                                  real* out, Int m, Int n, Int) {
  const Int* rows = data->order + data->clock[1];
  EACH(at, m * n) {
    Int i = at / n, j = at - i * n;
    out[at] = ((real)data->x[rows[i] * n + j] - shift[j]) * factor[j];
  }
}

// The place where something comes from, on one axis: the lower of two neighbours, and the part of the
// way to the other.
struct Between {
  Int low, next;
  real part;
};

__device__ Between between(double from, Int size) {
  double last = (double)(size - 1), at = from < 0 ? 0 : from > last ? last : from;
  Int low = (Int)at;
  return {low, low + 1 < size ? low + 1 : low, (real)(at - (double)low)};
}

__device__ real blend(real near, real far, real part) { return near + part * (far - near); }

// The colours of a place.
__device__ void recolour(const Change* change, real* found, Int channels, double mean) {
  double brightness = change->brightness, contrast = change->contrast, colour = change->colour;
  if (brightness == 1 && contrast == 1 && colour == 1) return;
  double scale = brightness * contrast;
  real own = (real)scale, rest = (real)((brightness - scale) * mean);
  if (channels == 3) {
    double gray = scale - scale * colour;
    own = (real)(scale * colour);
    rest += (real)(gray * 0.299) * found[0] + (real)(gray * 0.587) * found[1] +
            (real)(gray * 0.114) * found[2];
  }
  for (Int c = 0; c < channels; c++) {
    real x = own * found[c] + rest;
    found[c] = x < 0 ? 0 : x > 255 ? 255 : x;
  }
}

// A block for each picture.
extern "C" __global__ void gather_changed(const Data* data, const real* shift, const real* factor,
                                          real* out, Int m, Int n, Int, Int width, Int channels) {
  Int i = blockIdx.x, first = data->clock[1], height = n / (width * channels);
  const unsigned char* source = data->x + data->order[first + i] * n;
  const Change* change = data->changes + first + i;
  double sum = 0;
  OWN(j, n) sum += source[j];
  double mean = block_sum(sum) / (double)n;
  OWN(place, width * height) {
    Int v = place / width, u = place - v * width, j = place * channels;
    Between y = between(change->y + change->y_down * v + change->y_right * u, height);
    Between x = between(change->x + change->x_down * v + change->x_right * u, width);
    bool gone = v >= change->top && v < change->bottom && u >= change->left && u < change->right;
    real* found = out + i * n + j;
    for (Int c = 0; c < channels; c++) {
      const unsigned char* upper = source + y.low * width * channels + c;
      const unsigned char* lower = source + y.next * width * channels + c;
      Int left = x.low * channels, right = x.next * channels;
      real above = blend((real)upper[left], (real)upper[right], x.part);
      real below = blend((real)lower[left], (real)lower[right], x.part);
      found[c] = gone ? (real)mean : blend(above, below, y.part);
    }
    recolour(change, found, channels, mean);
    for (Int c = 0; c < channels; c++) found[c] = (found[c] - shift[j + c]) * factor[j + c];
  }
}

__device__ Bits chance(Bits key, Bits index) {
  Bits x = index * key, y = x, z = y + key;
  x = x * x + y; x = (x >> 32) | (x << 32);
  x = x * x + z; x = (x >> 32) | (x << 32);
  x = x * x + y; x = (x >> 32) | (x << 32);
  return (x * x + z) >> 32;
}

extern "C" __global__ void drop(const Data* data, const real* X, real* out, Int m, Int n,
                                Int rate_bits, Int which, Int places) {
  double rate = fraction(rate_bits);
  Bits least = (Bits)(rate * 4294967296.0), key = data->keys[which];
  Bits first = (Bits)data->clock[1] * (Bits)places * (Bits)n;
  real scale = (real)(1 / (1 - rate));
  EACH(at, m * n) out[at] = chance(key, first + (Bits)at) >= least ? X[at] * scale : 0;
}

// Layers.

// The normal distribution.
__device__ real normal(real z) { return (real)0.5 * erfc((real)-0.7071067811865476 * z); }

__device__ real cubic_tanh(real z) {
  return tanh((real)0.7978845608028654 * (z + (real)0.044715 * z * z * z));
}

// Of each activation: a = g(z), and g'(z).

__device__ real relu(real z) { return z <= 0 ? 0 : z; }  // what is no number stays so
__device__ real relu_slope(real z, real) { return z > 0 ? 1 : 0; }

__device__ real leaky_relu(real z) { return z > 0 ? z : (real)0.01 * z; }
__device__ real leaky_relu_slope(real z, real) { return z > 0 ? (real)1 : (real)0.01; }

__device__ real gelu(real z) { return z * normal(z); }
__device__ real gelu_slope(real z, real) {
  return normal(z) + (real)0.3989422804014327 * z * exp((real)-0.5 * z * z);
}

__device__ real gelu_tanh(real z) { return (real)0.5 * z * (1 + cubic_tanh(z)); }
__device__ real gelu_tanh_slope(real z, real) {
  real t = cubic_tanh(z), square = z * z < (real)1e4 ? z * z : (real)1e4;
  real inner = (real)0.7978845608028654 * (1 + 3 * (real)0.044715 * square);
  return (real)0.5 * (1 + t) + (real)0.5 * z * (1 - t * t) * inner;
}

__device__ real tanh_slope(real, real a) { return 1 - a * a; }

__device__ real sigmoid(real z) { return (real)0.5 * tanh((real)0.5 * z) + (real)0.5; }
__device__ real sigmoid_slope(real, real a) { return a * (1 - a); }

__device__ real identity(real z) { return z; }
__device__ real identity_slope(real, real) { return 1; }

__device__ real activated(Int g, real z) {
  switch (g) {
#define VALUE(name) case ACTIVATION_##name: return name(z);
    ACTIVATIONS(VALUE)
  }
  return (real)NO_NUMBER;
}

__device__ real slope(Int g, real z, real a) {
  switch (g) {
#define SLOPE(name) case ACTIVATION_##name: return name##_slope(z, a);
    ACTIVATIONS(SLOPE)
  }
  return (real)NO_NUMBER;
}

extern "C" __global__ void add_bias(const Data*, real* Z, const real* b, Int m, Int n) {
  EACH(at, m * n) Z[at] += b[at % n];
}

// Z + b in Z's place, and A = g(Z); without b, A alone.
extern "C" __global__ void activate(const Data*, Int g, real* Z, const real* b, real* A, Int m,
                                    Int n) {
  EACH(at, m * n) {
    real z = Z[at];
    if (b) Z[at] = z += b[at % n];
    A[at] = activated(g, z);
  }
}

// dA may be missing: then it is 1.
extern "C" __global__ void chain(const Data*, Int g, const real* Z, const real* A, const real* dA,
                                 real* dZ, Int m, Int n) {
  EACH(at, m * n) dZ[at] = (dA ? dA[at] : 1) * slope(g, Z[at], A[at]);
}

// Of each column of X, (m, n): its sum, or whether something in it is not 0, or how often it is less
// than `least`. LANES columns to a block; the threads of a column take its rows in turn.
extern "C" __global__ void columns(const Data*, const real* X, real* out, Int m, Int n, Int what,
                                   Int least_bits) {
  __shared__ double parts[MOST_THREADS];
  Int lane = threadIdx.x % LANES, turn = threadIdx.x / LANES, turns = blockDim.x / LANES;
  Int j = (Int)blockIdx.x * LANES + lane;
  real least = (real)fraction(least_bits), sum = 0;
  if (j < n)
    for (Int i = turn; i < m; i += turns) {
      real x = X[i * n + j];
      sum += what == ADD_ROWS ? x : what == ALIVE ? (real)(x != 0) : (real)(fabs(x) < least);
    }
  parts[threadIdx.x] = sum;
  __syncthreads();
  if (turn || j >= n) return;
  double total = 0;
  for (Int k = 0; k < turns; k++) total += parts[k * LANES + lane];
  if (what != ALIVE) out[j] = (real)total;
  else if (total != 0) out[j] = 1;
}

// Of each loss, by all threads of a block: what a row of k logits costs, how they pull at it, and
// whether their answer is right.

__device__ double logistic_cost(const real* z, real* dz, Int, Int y, double weight,
                                double smoothing, Int m, bool* right) {
  double x = z[0], answer = 0.5 * tanh(0.5 * x) + 0.5;
  double target = y * (1 - smoothing) + smoothing / 2;
  if (threadIdx.x == 0) dz[0] = (real)(weight * (answer - target) / m);
  *right = (x > 0) == (y == 1);
  return weight * ((x > 0 ? x : x <= 0 ? 0.0 : x) - target * x + log1p(exp(-fabs(x))));
}

__device__ double softmax_cost(const real* z, real* dz, Int k, Int y, double weight,
                               double smoothing, Int m, bool* right) {
  __shared__ Int best[MOST_THREADS];
  Int mine = -1;
  OWN(j, k) if (mine < 0 || z[j] > z[mine]) mine = j;
  best[threadIdx.x] = mine;
  __syncthreads();
  for (unsigned half = blockDim.x / 2; half; half /= 2) {
    if (threadIdx.x < half) {
      Int one = best[threadIdx.x], other = best[threadIdx.x + half];
      bool better = other >= 0 && (one < 0 || z[other] > z[one] ||
                                   (z[other] == z[one] && other < one));
      if (better) best[threadIdx.x] = other;
    }
    __syncthreads();
  }
  double top = z[best[0]], sum = 0;
  OWN(j, k) sum += fabs((double)z[j]) < INFINITE ? exp(z[j] - top) : NO_NUMBER;
  double total = block_sum(sum), all = 0;
  OWN(j, k) {
    double target = (j == y) * (1 - smoothing) + smoothing / k;
    dz[j] = (real)(weight * (exp(z[j] - top) / total - target) / m);
    all += z[j];
  }
  *right = best[0] == y;
  double aim = (1 - smoothing) * z[y] + smoothing / k * block_sum(all);
  return weight * (log(total) + top - aim);
}

// A block for each row: its cost and whether it is right go to `found`, (2, m).
extern "C" __global__ void cost(const Data* data, Int loss, const real* Z, real* dZ, double* found,
                                Int m, Int k, Int smoothing_bits) {
  Int i = blockIdx.x, y = data->labels[data->clock[1] + i];
  double weight = weight_of(data, y), cost = NO_NUMBER, smoothing = fraction(smoothing_bits);
  bool right = false;
  switch (loss) {
#define COST(name) \
    case LOSS_##name: \
      cost = name##_cost(Z + i * k, dZ + i * k, k, y, weight, smoothing, m, &right); \
      break;
    LOSSES(COST)
  }
  if (threadIdx.x) return;
  found[i] = cost;
  found[m + i] = right;
}

// One block.
extern "C" __global__ void add_cost(const Data* data, const double* found, Int m) {
  double cost = 0, right = 0;
  OWN(i, m) { cost += found[i]; right += found[m + i]; }
  cost = block_sum(cost);
  right = block_sum(right);
  if (threadIdx.x) return;
  double* cells = data->cells;
  cells[COST_SUM] += cost;
  cells[RIGHT] += right;
  if (!(fabs(cost) < INFINITE) && cells[BAD_STEP] == 0) cells[BAD_STEP] = data->clock[0] + 1;
}

// Gradients and parameters.

extern "C" __global__ void add_scaled(const Data*, real* G, const real* P, Int size, Int bits) {
  real factor = (real)fraction(bits);
  EACH(at, size) G[at] += factor * P[at];
}

extern "C" __global__ void limit(const Data* data, real* G, Int size, Int first, Int last,
                                 Int most_bits) {
  double most = fraction(most_bits), total = 0;
  for (Int cell = first; cell < last; cell++) total += data->cells[cell];
  if (!(total > most * most)) return;
  real factor = (real)(most / sqrt(total));
  EACH(at, size) G[at] *= factor;
}

// Of each optimizer: its numbers in this step, and of one number of a parameter the gradient g, the
// number p itself, and what is remembered, u and v.

__device__ void sgd(const real* numbers, real g, real& p, real&, real&) { p -= numbers[0] * g; }

__device__ void momentum(const real* numbers, real g, real& p, real& u, real&) {
  u += numbers[1] * (g - u);
  p -= numbers[0] * u;
}

__device__ void nesterov(const real* numbers, real g, real& p, real& u, real&) {
  real a = numbers[0], beta = numbers[1];
  u = beta * u + g;
  p -= a * (g + beta * u);
}

__device__ void rmsprop(const real* numbers, real g, real& p, real& u, real&) {
  u += numbers[1] * (g * g - u);
  p -= numbers[0] * g / (sqrt(u) + numbers[2]);
}

__device__ void adam(const real* numbers, real g, real& p, real& u, real& v) {
  u += numbers[1] * (g - u);
  v += numbers[2] * (g * g - v);
  p -= numbers[0] * u / (numbers[3] * sqrt(v) + numbers[4]);
}

__device__ void adamw(const real* numbers, real g, real& p, real& u, real& v) {
  p *= numbers[5];
  adam(numbers, g, p, u, v);
}

// U and V may be missing: then the rule remembers less.
extern "C" __global__ void update(const Data* data, Int rule, const real* G, real* P, real* U,
                                  real* V, Int size) {
  real numbers[NUMBERS];
  for (int i = 0; i < NUMBERS; i++) numbers[i] = (real)data->numbers[NUMBERS * data->clock[0] + i];
  EACH(at, size) {
    real p = P[at], u = U ? U[at] : 0, v = V ? V[at] : 0;
    switch (rule) {
#define RULE(name) case OPTIMIZER_##name: name(numbers, G[at], p, u, v); break;
      OPTIMIZERS(RULE)
      default: p = (real)NO_NUMBER;
    }
    P[at] = p;
    if (U) U[at] = u;
    if (V) V[at] = v;
  }
}

// K follows P by a share of the way.
extern "C" __global__ void average(const Data* data, real* K, const real* P, Int size) {
  real share = (real)data->numbers[NUMBERS * data->clock[0] + AVERAGING];
  EACH(at, size) K[at] += share * (P[at] - K[at]);
}

// What the steps are to tell.

// A block for each PIECE.
extern "C" __global__ void squares(const Data*, const real* X, double* sums, Int size) {
  Int first = (Int)blockIdx.x * PIECE, last = first + PIECE < size ? first + PIECE : size;
  double sum = 0;
  OWN(i, last - first) sum += (double)X[first + i] * X[first + i];
  sum = block_sum(sum);
  if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

// One block.
extern "C" __global__ void total(const Data* data, const double* sums, Int pieces, Int cell) {
  double sum = 0;
  OWN(i, pieces) sum += sums[i];
  sum = block_sum(sum);
  if (threadIdx.x == 0) data->cells[cell] = sum;
}

extern "C" __global__ void sample(const Data*, const real* X, real* out, Int count, Int every) {
  EACH(i, count) out[i] = X[i * every];
}

// One block.
extern "C" __global__ void moved(const Data* data, const real* X, const real* before, Int count,
                                 Int every, Int cell) {
  double way = 0, size = 0;
  OWN(i, count) {
    double step = (double)X[i * every] - before[i];
    way += step * step;
    size += (double)before[i] * before[i];
  }
  way = block_sum(way);
  size = block_sum(size);
  if (threadIdx.x) return;
  data->cells[cell] = way;
  data->cells[cell + 1] = size;
}

// The last of a step.
extern "C" __global__ void tick(const Data* data, Int m) {
  data->clock[0] += 1;
  data->clock[1] += m;
}
