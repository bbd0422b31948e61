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
