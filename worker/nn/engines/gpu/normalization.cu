// Batch normalization of the columns of rows, (m, n). `sums` are of each piece of ROWS rows.

// Of the numbers; or of their squared distances from the mean, where there is one.
extern "C" __global__ void moment_sums(const Data*, const real* X, const real* mean, double* sums,
                                       Int m, Int n) {
  Turn own = turn_of(blockIdx.x, m, n);
  double sum = 0, middle = mean && own.j < n ? mean[own.j] : 0;
  if (own.j < n)
    for (Int i = own.first; i < own.last; i += own.step) {
      double x = X[i * n + own.j] - middle;
      sum += mean ? x * x : x;
    }
  double total = turns_sum(sum);
  if (threadIdx.x < LANES && own.j < n) sums[own.piece * n + own.j] = total;
}

// `rate` of the way, the running mean follows the batch's.
extern "C" __global__ void batch_mean(const Data*, const double* sums, real* mean, real* running,
                                      Int pieces, Int m, Int n, Int rate_bits) {
  real rate = (real)fraction(rate_bits);
  EACH(j, n) {
    real now = mean[j] = (real)(total_of(sums, pieces, n, j) / m);
    running[j] += rate * (now - running[j]);
  }
}

// The running variance is that of a sample: the batch's is a little small.
extern "C" __global__ void batch_deviation(const Data*, const double* sums, real* deviation,
                                           real* running, Int pieces, Int m, Int n, Int rate_bits,
                                           Int eps_bits) {
  double rate = fraction(rate_bits), eps = fraction(eps_bits);
  EACH(j, n) {
    double squares = total_of(sums, pieces, n, j), sample = squares / (m - 1);
    deviation[j] = (real)sqrt(squares / m + eps);
    running[j] += (real)(rate * (sample - running[j]));
  }
}

extern "C" __global__ void running_deviation(const Data*, const real* variance, real* deviation,
                                             Int n, Int eps_bits) {
  real eps = (real)fraction(eps_bits);
  EACH(j, n) deviation[j] = sqrt(variance[j] + eps);
}

extern "C" __global__ void normalize(const Data*, const real* X, const real* mean,
                                     const real* deviation, const real* gamma, const real* beta,
                                     real* Z, Int m, Int n) {
  EACH(at, m * n) {
    Int j = at % n;
    Z[at] = gamma[j] * ((X[at] - mean[j]) / deviation[j]) + beta[j];
  }
}

extern "C" __global__ void scale_sums(const Data*, const real* X, const real* mean,
                                      const real* deviation, const real* dZ, double* sums, Int m,
                                      Int n) {
  Turn own = turn_of(blockIdx.x, m, n);
  double sum = 0;
  if (own.j < n)
    for (Int i = own.first; i < own.last; i += own.step) {
      Int at = i * n + own.j;
      sum += (double)dZ[at] * ((X[at] - mean[own.j]) / deviation[own.j]);
    }
  double total = turns_sum(sum);
  if (threadIdx.x < LANES && own.j < n) sums[own.piece * n + own.j] = total;
}

extern "C" __global__ void normalize_back(const Data*, const real* X, const real* mean,
                                          const real* deviation, const real* gamma,
                                          const real* dgamma, const real* dbeta, const real* dZ,
                                          real* dX, Int m, Int n, Int share_bits) {
  real share = (real)fraction(share_bits);
  EACH(at, m * n) {
    Int j = at % n;
    real normal = (X[at] - mean[j]) / deviation[j];
    dX[at] = gamma[j] / deviation[j] * (dZ[at] - share * (dgamma[j] * normal + dbeta[j]));
  }
}
