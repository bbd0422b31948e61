// What is done to the numbers of matrices on a graphics processor: the same as in cpu/kernels.py
// and cpu/interpreter.py, whose docstrings say what and why; tests hold the two against each other.
// Here is what all kernels share, and both ends of a step, its rows and their cost; the other files
// follow.
//
// `real` is float or double. Matrices are whole: row after row with nothing between. Every argument
// is 64 bits wide, a fraction its bits, so that whoever launches a kernel need not know its types.

typedef long long Int;
typedef unsigned long long Bits;

// Before this stand ACTIVATIONS(EACH_ONE), LOSSES(EACH_ONE), OPTIMIZERS(EACH_ONE),
// CHANGES(EACH_ONE) and POOLS(EACH_ONE), which name all that there are.
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

extern "C" __global__ void gather_floats(const Data* data, const real* shift, const real* factor,
                                         real* out, Int m, Int n, Int) {
  const Int* rows = data->order + data->clock[1];
  const float* x = (const float*)data->x;
  EACH(at, m * n) {
    Int i = at / n, j = at - i * n;
    out[at] = ((real)x[rows[i] * n + j] - shift[j]) * factor[j];
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

// The last of a step.
extern "C" __global__ void tick(const Data* data, Int m) {
  data->clock[0] += 1;
  data->clock[1] += m;
}
