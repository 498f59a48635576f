"""What people call a thing, where the atlas calls it otherwise. Each line is one thing; a phrase of it stands for all the others.

Written as `search.stems` reads them: case, endings and the joints of a name (BatchNorm2d, batch_norm) make no difference.
"""

SAME = tuple(tuple(phrase.strip() for phrase in line.split(",")) for line in """
batch norm, batch normalization, batchnorm, bn, fused batch norm, sync batch norm
layer norm, layer normalization, layernorm, ln
group norm, group normalization, groupnorm, gn
instance norm, instance normalization, instancenorm
rms norm, rms normalization, root mean square normalization, rmsnorm, t5 norm, llama norm
l2 normalize, lp normalization, unit length, unit norm, normalize vectors
local response norm, lrn, local response normalization, alexnet norm
conv transpose, convtranspose, transposed convolution, deconvolution, deconv, conv2dtranspose, upconvolution,\
 fractionally strided, output padding
depthwise conv, depthwise, depthwise convolution, grouped convolution, groups, separable conv, depth multiplier
conv, convolution, conv1d, conv2d, conv3d, convolutional
dilated, dilation, atrous, dilation rate
kernel, filter
kernel, weight, weights
orientation, transpose the weights, transposed weights, kernel shape, weight shape, state dict, h5, load weights
dense, linear, fully connected, fc, gemm, affine
recurrent, rnn, elman, simple rnn, simplernn
stacked, stack, num layers, multi layer, multilayer, layers on top of each other
step, steps, timestep, time step
bidirectional, backward, go backwards, reverse, reversed
both halves, concat, concatenate, concatenated, merge mode
gru, gated recurrent unit, grucell, cudnngru, linear before reset, reset after
lstm, long short term memory, lstmcell, cudnnlstm, lstmblockfusedcell
linear before reset, reset after, reset gate
gate order, gates order, iofc, ifgo, ifco, zrh, rzn, packed gates
forget bias, unit forget bias, forget gate bias
gate activation, recurrent activation
batch first, time major, time axis, seq first
mask, masking, attention mask, key padding mask, attn mask, padding mask, causal mask
masked, fully masked row, all keys masked, minus infinity, -inf, -1e9, large negative number
multi head attention, multihead attention, mha, multiheadattention, in proj weight, key dim, num heads, self attention
attention, scaled dot product attention, sdpa, dot product attention
rotary, rope, rotary embedding, rotary position, interleaved pairs, rotate half, positional embedding
embedding, embed, lookup table, word vectors
padding row, padding idx, mask zero, padding token
out of range, beyond, outside, out of bounds, index error, out of vocabulary, oov
one hot, onehot, one hot encoding
average pooling, average pool, avg pool, avgpool, mean pooling, averagepooling
max pooling, max pool, maxpool, maxpooling
adaptive pooling, adaptive average pool, adaptive avg pool
global pooling, global average pool, global average pooling, gap
ceil mode, incomplete window, last window
divisor, count include pad, denominator, divide by
resize, interpolate, upsample, upsampling, image resize, scale an image, downsample
bilinear, linear resize, resize linear
nearest, nearest neighbor, nearest neighbour
bicubic, cubic
grid, align corners, half pixel, half pixel centers, coordinate transformation mode, asymmetric, shifted pixels
antialias, anti aliasing, antialiasing
pixel shuffle, depth to space, space to depth, pixelshuffle, subpixel
flatten, view, reshape to a vector
direction, flip, flipped, mirrored, cross correlation, rotate the kernel
unfold, extract patches, im2col, image patches
same padding, padding same, auto pad, same upper, tf padding, asymmetric padding
channel axis, channels first, channels last, nchw, nhwc, data format
layout, hwio, oihw, axes order
reflect padding, reflection pad, mirror padding, symmetric padding
gelu, gaussian error linear unit
approximate, tanh approximation, quick gelu, erf
leaky relu, leakyrelu, negative slope
hard sigmoid, hardsigmoid
hard swish, hardswish, hard silu
relu, rectifier, rectified linear unit
kink, corner, subgradient, at zero, at 0, derivative at zero
softplus, log exp
glu, gated linear unit, swiglu, geglu
prelu, parametric relu
softmax, softmax axis, softmax dim
tie, ties, equal numbers, equal maxima, two maxima
gradient, derivative, grad, backward pass
cross entropy, crossentropy, crossentropyloss, log loss, nll, negative log likelihood, softmax cross entropy
categorical cross entropy, categorical crossentropy, sparse categorical crossentropy
binary cross entropy, binary crossentropy, bce, bceloss, bcewithlogits, sigmoid cross entropy
prediction, logits, from logits, probabilities
label smoothing, smoothing, smooth labels
ignored, ignore index, ignored labels, padding label
weighted, class weight, class weights, sample weight, pos weight
squared error, mse, mean squared error, mseloss, l2 loss
absolute error, mae, l1 loss, mean absolute error, l1loss
smooth l1, huber, smooth absolute error, smoothl1loss
kullback leibler, kl divergence, kl div, kld, kldivloss, relative entropy
percentage error, mape
squared logarithmic error, msle
focal, focal loss, retinanet loss
hinge, hinge loss, svm loss
cosine similarity, cosine distance, cosine embedding
ctc, ctc loss, connectionist temporal classification
poisson, poisson loss
reduction, averaged, batch mean, reduce
broadcast, broadcasting, shape mismatch
weight decay, l2 penalty, l2 regularization, regularizer, kernel regularizer, decoupled decay, adamw, ridge
epsilon, eps, small constant
momentum, moving average, running average
running variance, running var, moving variance, running statistics, moving statistics
running mean, moving mean, running statistics
unbiased, bessel, n - 1, ddof, divisor, biased variance
standard deviation, std, variance, var
frozen, freeze, trainable false, fine tuning, requires grad
mode, training mode, use running average, track running stats, inference, evaluation, eval, train mode, training flag
learning rate, lr, step size
clip norm, clipnorm, gradient clipping, clip grad norm, clip by global norm, global clipnorm, exploding gradients, max norm
clip value, clipvalue, clip grad value
accumulated gradients, gradient accumulation, accumulate gradients
nesterov, nag
rmsprop, rms prop, rho, alpha smoothing
adam, adaptive moments
initial, start value, starts
schedule, scheduler, learning rate decay
cosine schedule, cosine annealing, cosine decay
plateau, reduce on plateau, reducelronplateau, patience
piecewise schedule, step lr, piecewise constant, multisteplr
dampening, damping
initialiser, initializer, initialization, init, initial weights, kernel initializer, reset parameters, weight init
distribution, initialiser, glorot, xavier, kaiming, he uniform, fan in
glorot, xavier
glorot uniform, xavier uniform, kaiming uniform, a=sqrt(5), lecun normal, given no initialiser
he normal, kaiming, he uniform, he initialiser
truncated normal, trunc normal
orthogonal, orthogonality
dropout, drop, noise shape
rate, keep prob, drop probability, p
recurrent dropout, dropout on, variational dropout
double precision, float64, x64, double
half precision, float16, fp16
bfloat16, bf16, mixed precision
tf32, tensorfloat 32, matmul precision, float32 matmul precision, allow tf32, default matmul precision
dtype, data type, type promotion, casting
integer, int, int32, int64
nan, not a number
rounding, round, banker's rounding, half to even
remainder, modulo, mod, fmod
integer division, floor divide, floordiv
subnormal, denormal, flush to zero
number of biases, parameter count, count of parameters, number of parameters, bias layout
states, hidden state, h_n, c_n, initial state, h and c, cell state
output at padded steps, pack padded sequence, packed sequence, variable length, sequence lengths
where, masked square root, nan gradient, safe sqrt
median, even count
batch of one, batch size 1, batch size one, single example, one example
""".strip().splitlines())
