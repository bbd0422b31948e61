// What layers do to the numbers of rows, (m, n).

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

extern "C" __global__ void add(const Data*, const real* X, const real* Y, real* Z, Int size) {
  EACH(at, size) Z[at] = X[at] + Y[at];
}

// Sums of columns. The rows are taken in pieces, and LANES columns of a piece by each block: the
// threads of a column take its rows in turn.

enum { ROWS = 4096 };  // of a piece

struct Turn {
  Int piece, j, first, last, step;
};

__device__ Turn turn_of(Int block, Int m, Int n) {
  Int across = (n + LANES - 1) / LANES, piece = block / across;
  Int first = piece * ROWS, last = first + ROWS < m ? first + ROWS : m;
  Int lane = threadIdx.x % LANES, turn = threadIdx.x / LANES;
  return {piece, block % across * LANES + lane, first + turn, last, blockDim.x / LANES};
}

// The sum over the threads of a column, for the first of them; in an order that never changes.
__device__ double turns_sum(double value) {
  __shared__ double parts[MOST_THREADS];
  parts[threadIdx.x] = value;
  __syncthreads();
  double total = 0;
  if (threadIdx.x < LANES)
    for (unsigned k = threadIdx.x; k < blockDim.x; k += LANES) total += parts[k];
  return total;
}

__device__ void tell(Int what, double total, real* out) {
  if (what != ALIVE) *out = (real)total;
  else if (total != 0) *out = 1;
}

// Of each column of X, (m, n): its sum, or whether something in it is not 0, or how often it is less
// than `least`. Of more than one piece, the sums of each go to `sums`, (pieces, n).
extern "C" __global__ void columns(const Data*, const real* X, double* sums, real* out, Int m, Int n,
                                   Int what, Int least_bits) {
  Turn own = turn_of(blockIdx.x, m, n);
  real least = (real)fraction(least_bits), sum = 0;
  if (own.j < n)
    for (Int i = own.first; i < own.last; i += own.step) {
      real x = X[i * n + own.j];
      sum += what == ADD_ROWS ? x : what == ALIVE ? (real)(x != 0) : (real)(fabs(x) < least);
    }
  double total = turns_sum(sum);
  if (threadIdx.x >= LANES || own.j >= n) return;
  if (m > ROWS) sums[own.piece * n + own.j] = total;
  else tell(what, total, out + own.j);
}

__device__ double total_of(const double* sums, Int pieces, Int n, Int j) {
  double total = 0;
  for (Int piece = 0; piece < pieces; piece++) total += sums[piece * n + j];
  return total;
}

extern "C" __global__ void column_totals(const Data*, const double* sums, real* out, Int pieces,
                                         Int n, Int what) {
  EACH(j, n) tell(what, total_of(sums, pieces, n, j), out + j);
}
