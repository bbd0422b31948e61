#include "device.hpp"
// After it, because it stands for the headers that CUDA's compiler brings along.
#include "kernels.cu"
