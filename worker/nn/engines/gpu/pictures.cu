// What layers do to pictures, (m, h, w, c): a thread computes a number of the result by itself, and
// adds up what comes of it in an order that never changes.

// Where a kernel of (height, width) stands on pictures: at `down` × `across` places, the first of
// which begins `top` rows above the picture and `left` columns beside it.
struct Window {
  Int h, w, c, down, across, height, width, stride, top, left;
};

// The number `at` of pictures of w × h places.
struct Number {
  Int picture, v, u, c;
};

__device__ Number number(Int at, Int h, Int w, Int c) {
  return {at / (h * w * c), at / (w * c) % h, at / c % w, at % c};
}

// From `first` to before `last`.
struct Range {
  Int first, last;
};

// On one axis: which of a kernel's positions lie on the picture, if it begins at `start`.
__device__ Range positions(Int start, Int kernel, Int size) {
  return {start < 0 ? -start : 0, start + kernel > size ? size - start : kernel};
}

// On one axis: which places have something `at` so far from where the first one begins.
__device__ Range places_over(Int at, Int kernel, Int stride, Int places) {
  Int last = at / stride + 1;
  return {at < kernel ? 0 : (at - kernel) / stride + 1, last < places ? last : places};
}

// Patches, (count · down · across, height · width · c), of so many pictures from `first` on: a row
// has what lies under the kernel at one place.
extern "C" __global__ void patches(const Data*, const Window* on, const real* X, real* P, Int first,
                                   Int count) {
  Window k = *on;
  Int row = k.height * k.width * k.c;
  EACH(at, count * k.down * k.across * row) {
    Number place = number(at / row, k.down, k.across, 1);
    Number under = number(at % row, k.height, k.width, k.c);
    Int v = place.v * k.stride - k.top + under.v, u = place.u * k.stride - k.left + under.u;
    bool inside = v >= 0 && v < k.h && u >= 0 && u < k.w;
    P[at] = inside ? X[(((first + place.picture) * k.h + v) * k.w + u) * k.c + under.c] : 0;
  }
}

// The way back: each number of the pictures gets what the patches' gradients have for it. Places are
// taken from the last on, so that positions of the kernel come from the first on.
extern "C" __global__ void patches_back(const Data*, const Window* on, const real* dP, real* dX,
                                        Int first, Int count) {
  Window k = *on;
  Int size = k.h * k.w * k.c;
  EACH(at, count * size) {
    Number x = number(at, k.h, k.w, k.c);
    Range downwards = places_over(x.v + k.top, k.height, k.stride, k.down);
    Range across = places_over(x.u + k.left, k.width, k.stride, k.across);
    real sum = 0;
    for (Int i = downwards.last - 1; i >= downwards.first; i--)
      for (Int j = across.last - 1; j >= across.first; j--) {
        Int v = x.v + k.top - i * k.stride, u = x.u + k.left - j * k.stride;
        Int place = (x.picture * k.down + i) * k.across + j;
        sum += dP[((place * k.height + v) * k.width + u) * k.c + x.c];
      }
    dX[first * size + at] = sum;
  }
}

// Depthwise: each channel has a kernel of its own; W is (height, width, c).

extern "C" __global__ void depthwise(const Data*, const Window* on, const real* X, const real* W,
                                     real* Z, Int m) {
  Window k = *on;
  EACH(at, m * k.down * k.across * k.c) {
    Number z = number(at, k.down, k.across, k.c);
    Int top = z.v * k.stride - k.top, left = z.u * k.stride - k.left;
    Range rows = positions(top, k.height, k.h), columns = positions(left, k.width, k.w);
    const real* x = X + z.picture * k.h * k.w * k.c + z.c;
    real sum = 0;
    for (Int i = rows.first; i < rows.last; i++)
      for (Int j = columns.first; j < columns.last; j++)
        sum += x[((top + i) * k.w + left + j) * k.c] * W[(i * k.width + j) * k.c + z.c];
    Z[at] = sum;
  }
}

extern "C" __global__ void depthwise_back(const Data*, const Window* on, const real* dZ,
                                          const real* W, real* dX, Int m) {
  Window k = *on;
  EACH(at, m * k.h * k.w * k.c) {
    Number x = number(at, k.h, k.w, k.c);
    Range downwards = places_over(x.v + k.top, k.height, k.stride, k.down);
    Range across = places_over(x.u + k.left, k.width, k.stride, k.across);
    real sum = 0;
    for (Int i = downwards.last - 1; i >= downwards.first; i--)
      for (Int j = across.last - 1; j >= across.first; j--) {
        Int v = x.v + k.top - i * k.stride, u = x.u + k.left - j * k.stride;
        Int place = (x.picture * k.down + i) * k.across + j;
        sum += dZ[place * k.c + x.c] * W[(v * k.width + u) * k.c + x.c];
      }
    dX[at] = sum;
  }
}

// The sums of each piece of places go to `sums`, (pieces, height, width, c).
extern "C" __global__ void depthwise_kernel_sums(const Data*, const Window* on, const real* X,
                                                 const real* dZ, double* sums, Int m) {
  Window k = *on;
  Int size = k.height * k.width, blocks = gridDim.x / size, position = blockIdx.x / blocks;
  Turn own = turn_of(blockIdx.x % blocks, m * k.down * k.across, k.c);
  double sum = 0;
  if (own.j < k.c)
    for (Int i = own.first; i < own.last; i += own.step) {
      Number place = number(i, k.down, k.across, 1);
      Int v = place.v * k.stride - k.top + position / k.width;
      Int u = place.u * k.stride - k.left + position % k.width;
      if (v < 0 || v >= k.h || u < 0 || u >= k.w) continue;
      Int under = ((place.picture * k.h + v) * k.w + u) * k.c + own.j;
      sum += (double)X[under] * dZ[i * k.c + own.j];
    }
  double total = turns_sum(sum);
  if (threadIdx.x >= LANES || own.j >= k.c) return;
  sums[(own.piece * size + position) * k.c + own.j] = total;
}

#define POOL(name) POOL_##name,
enum Pool { POOLS(POOL) };

// Of each pool: the number of a window, and what of its gradient belongs to one that lies in it at
// position (v, u). x is the number under position (0, 0), or where it would be.

__device__ real max_pool(const Window& k, const real* x, Range rows, Range columns) {
  real found = -(real)INFINITE;
  for (Int i = rows.first; i < rows.last; i++)
    for (Int j = columns.first; j < columns.last; j++) {
      real other = x[(i * k.w + j) * k.c];
      if (!(other <= found)) found = found == found ? other : found;  // what is no number stays
    }
  return found;
}

__device__ real max_share(const Window& k, const real* x, Range rows, Range columns, Int v, Int u,
                          real z, real dz) {
  if (x[(v * k.w + u) * k.c] != z) return 0;
  for (Int i = rows.first; i <= v; i++)  // the first of equals has it all
    for (Int j = columns.first; j < (i < v ? columns.last : u); j++)
      if (x[(i * k.w + j) * k.c] == z) return 0;
  return dz;
}

__device__ real average_pool(const Window& k, const real* x, Range rows, Range columns) {
  real sum = 0;
  for (Int i = rows.first; i < rows.last; i++)
    for (Int j = columns.first; j < columns.last; j++) sum += x[(i * k.w + j) * k.c];
  return sum / (real)((rows.last - rows.first) * (columns.last - columns.first));
}

__device__ real average_share(const Window&, const real*, Range rows, Range columns, Int, Int, real,
                              real dz) {
  return dz / (real)((rows.last - rows.first) * (columns.last - columns.first));
}

extern "C" __global__ void pool(const Data*, const Window* on, Int kind, const real* X, real* Z,
                                Int m) {
  Window k = *on;
  EACH(at, m * k.down * k.across * k.c) {
    Number z = number(at, k.down, k.across, k.c);
    Int top = z.v * k.stride - k.top, left = z.u * k.stride - k.left;
    Range rows = positions(top, k.height, k.h), columns = positions(left, k.width, k.w);
    const real* x = X + ((z.picture * k.h + top) * k.w + left) * k.c + z.c;
    switch (kind) {
#define POOLED(name) case POOL_##name: Z[at] = name##_pool(k, x, rows, columns); break;
      POOLS(POOLED)
      default: Z[at] = (real)NO_NUMBER;
    }
  }
}

// The share of the number x in the gradient of the window at place (i, j).
__device__ real share(Int kind, const Window& k, const real* X, Number x, Int i, Int j, real z,
                      real dz) {
  Int top = i * k.stride - k.top, left = j * k.stride - k.left;
  Range rows = positions(top, k.height, k.h), columns = positions(left, k.width, k.w);
  const real* first = X + ((x.picture * k.h + top) * k.w + left) * k.c + x.c;
  Int v = x.v - top, u = x.u - left;
  switch (kind) {
#define SHARE(name) case POOL_##name: return name##_share(k, first, rows, columns, v, u, z, dz);
    POOLS(SHARE)
  }
  return (real)NO_NUMBER;
}

extern "C" __global__ void pool_back(const Data*, const Window* on, Int kind, const real* X,
                                     const real* Z, const real* dZ, real* dX, Int m) {
  Window k = *on;
  EACH(at, m * k.h * k.w * k.c) {
    Number x = number(at, k.h, k.w, k.c);
    Range downwards = places_over(x.v + k.top, k.height, k.stride, k.down);
    Range across = places_over(x.u + k.left, k.width, k.stride, k.across);
    real sum = 0;
    for (Int i = downwards.last - 1; i >= downwards.first; i--)
      for (Int j = across.last - 1; j >= across.first; j--) {
        Int place = ((x.picture * k.down + i) * k.across + j) * k.c + x.c;
        sum += share(kind, k, X, x, i, j, Z[place], dZ[place]);
      }
    dX[at] = sum;
  }
}
