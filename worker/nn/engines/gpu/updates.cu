// What is done to gradients, and by optimizers to parameters.

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
