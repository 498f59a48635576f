"""The atlas is found in people's words: names of classes and arguments, plain words, other spellings, in any order."""

import pytest

from nnparity.cases.atlas import atlas
from nnparity.cases.atlas.symptoms import SYMPTOMS
from nnparity.oracles.atlas.columns import COLUMNS
from nnparity.reports.atlas import search, view
from nnparity.reports.atlas.same_words import SAME

SHOWN = 5  # rows a person looks at

# "what is asked | the row that answers it"
ASKED = """
BatchNorm2d momentum | batch_norm.momentum_of
bidirectional last output or last hidden state | bidirectional.last_of
in_proj_weight | multi_head_attention.packing
packed qkv projection of MultiheadAttention | multi_head_attention.packing
key_dim or embed_dim | multi_head_attention.width_of
number of parameters batchnorm | batch_norm.counted
count_params non-trainable batch normalization | batch_norm.counted
batchnorm momentum 0.1 or 0.99 | batch_norm.momentum_of
bn momentum | batch_norm.momentum
torch.nn.BatchNorm1d eps | batch_norm.epsilon
keras.layers.BatchNormalization epsilon | batch_norm.epsilon
running_var unbiased | batch_norm.running_divisor
moving_variance of BatchNormalization is larger in pytorch | batch_norm.running_divisor
batch norm training flag forgotten | batch_norm.mode
frozen batch norm trainable=False | batch_norm.frozen
fine tuning freeze batchnorm | batch_norm.frozen
batch norm with batch size 1 raises | batch_norm.batch_of_one
batchnorm axis channels | batch_norm.axis
LayerNorm eps | layer_norm.epsilon
layer normalization epsilon 1e-3 | layer_norm.epsilon
GroupNorm epsilon | group_norm.epsilon
InstanceNorm2d | instance_norm.epsilon
RMSNorm eps | rms_norm.epsilon
rmsnorm | rms_norm.epsilon
lrn alpha divided by size | local_response_norm.scaled
tf.nn.local_response_normalization | local_response_norm.scaled
torch.std unbiased | std.divisor
variance n-1 or n std | std.divisor
F.normalize eps | l2_normalize.epsilon_on
linear_before_reset | gru.reset
reset_after | gru.reset
GRU reset gate before or after matmul | gru.reset
order of gates in GRU weights | gru.gate_order
GRU zrh | gru.gate_order
GRU update gate z or 1 - z | gru.update
GRU parameter count | gru.bias_layout
number of biases in GRU | gru.bias_layout
LSTM gate order ifgo | lstm.gate_order
lstm weights order | lstm.gate_order
LSTM bias_ih bias_hh two biases | lstm.recurrent_bias
unit_forget_bias | lstm.start
forget gate bias initial value | lstm.start
forget_bias=1.0 BasicLSTMCell | lstm.forget_bias
recurrent_activation | lstm.gate_activation
lstm hard_sigmoid gates | lstm.gate_activation
h and c order of LSTM states | lstm.first_state
orthogonal recurrent initializer | lstm.orthogonal
batch_first | simple_rnn.time_axis
time_major | simple_rnn.time_axis
go_backwards output reversed | simple_rnn.backward_order
bidirectional output order | bidirectional.backward_order
pack_padded_sequence outputs zero | simple_rnn.padded_output
masked timesteps output of rnn | simple_rnn.padded_output
LSTM dropout argument between layers | simple_rnn.dropout_on
padding='same' stride 2 | conv1d.same
same padding strides asymmetric | conv1d.same
SAME_LOWER auto_pad | conv1d.same_lower
even kernel same padding | conv2d.padding
dilation rate padding same | conv1d.extent
atrous convolution padding | conv1d.extent
conv2d weight layout HWIO OIHW | conv2d.layout
channels_last NHWC | conv2d.channels
data_format | conv2d.channels
cross-correlation or convolution flipped kernel | conv1d.orientation
Conv2DTranspose padding same shifted | conv_transpose1d.crop
output_padding | conv_transpose1d.output_padding
ConvTranspose2d output_padding which side | conv_transpose1d.output_padding
Conv2DTranspose output_padding keras pytorch extra row | conv_transpose1d.output_padding
output size of ConvTranspose2d | conv_transpose1d.default_padding
Conv2DTranspose kernel smaller than stride | conv_transpose1d.short_kernel
nnx.Conv default padding | conv1d.default_padding
conv output shorter than input by default | conv1d.default_padding
h_n of stacked LSTM | stacked_rnn.state_of
num_layers=2 h_n which layer | stacked_rnn.state_of
StackedRNNCells state order | stacked_rnn.state_of
hidden state of bidirectional lstm with two layers order | stacked_bidirectional.state_order
h_n view num_layers num_directions | stacked_bidirectional.state_order
input of second bidirectional layer | stacked_bidirectional.second_reads
weight_ih_l1 shape bidirectional | stacked_bidirectional.second_reads
dropout between LSTM layers not last | stacked_rnn.drops
LSTM num_layers dropout last layer | stacked_rnn.drops
recurrent_dropout | recurrent_dropout.mask
variational dropout same mask every time step | rnn_dropout.mask
LSTM dropout mask per timestep | rnn_dropout.mask
deconvolution crop | conv_transpose1d.crop
ConvTranspose kernel flipped | conv_transpose1d.orientation
transposed conv kernel layout | conv_transpose1d.layout
depth_multiplier channel order | depthwise_conv2d.order
groups convolution depthwise | depthwise_conv2d.order
Flatten order channels first | flatten.order
view after conv gives wrong linear | flatten.order
pixel shuffle order | depth_to_space.order
im2col unfold order | image_patches.order
F.pad order of arguments | pad2d.order
reflect padding edge repeated | pad1d.edge
count_include_pad | average_pool2d.divisor
average pooling divides by padding | average_pool2d.divisor
max pool padding negative infinity zero | max_pool1d.pad_value
MaxPool ceil_mode | max_pool1d.incomplete
maxpool default stride | max_pool1d.stride
AdaptiveAvgPool1d bins | adaptive_average_pool1d.edges
GlobalAveragePooling2D keepdims | global_average_pool2d.axes
max pooling gradient with equal values | max_pool1d.ties
nan in max pooling | max_pool1d.nan
align_corners | resize_linear.grid
half_pixel_centers bilinear | resize_linear.grid
bilinear upsampling shifted by half a pixel | resize_linear.grid
interpolate nearest rounding | resize_nearest.rounding
antialias resize | resize_linear.antialias
bicubic coefficient -0.75 or -0.5 | resize_cubic.a
upsample default mode | upsampling2d.method
gelu tanh approximation | gelu.approximate
GELU approximate=True | gelu.approximate
LeakyReLU alpha 0.3 | leaky_relu_layer.slope
negative_slope leaky relu 0.01 0.2 | leaky_relu.slope
hard_sigmoid slope 0.2 or 1/6 | hard_sigmoid.form
relu gradient at zero | relu.at_zero
derivative of abs at 0 | abs.at_zero
softplus threshold 20 | softplus.threshold
softmax default axis | softmax.axes
nn.Softmax dim=None | softmax.axes
softmax all -inf nan | softmax.form
PReLU initial slope | prelu.slope
PReLU num_parameters shared | prelu.shared
ELU alpha | elu.alpha_in
CELU alpha | celu.alpha_in
GLU which half gate | glu.gate
CrossEntropyLoss logits or probabilities | cross_entropy.prediction
from_logits=False categorical crossentropy | cross_entropy.prediction
label_smoothing | cross_entropy.spread
ignore_index mean | cross_entropy.ignored
all labels ignored nan loss | cross_entropy.none_kept
class weights weighted mean cross entropy | cross_entropy.divisor
BCELoss log clamp -100 | binary_cross_entropy.clip
binary crossentropy epsilon clip | binary_cross_entropy.clip
from_logits binary cross entropy | binary_cross_entropy.prediction
KLDivLoss batchmean | kl_divergence.reduction
kl_div log input | kl_divergence.prediction
SmoothL1Loss beta vs Huber delta | huber.scale
MSELoss reduction | squared_error.reduction
mse broadcast (n,1) (n,) | mean_squared_error.shapes
CTC blank index last | ctc.blank
CTCLoss mean over target lengths | ctc.reduction
cosine similarity loss negative | cosine_similarity.form
hinge loss labels 0 1 | hinge.labels
PoissonNLLLoss log_input | poisson.prediction
focal loss alpha default | focal.alpha
mape zero target | percentage_error.floor
l2 regularizer factor 2 | l2_penalty.factor
Adam epsilon 1e-7 | adam.epsilon
adam epsilon hat before bias correction | adam.epsilon_in
AdamW default weight_decay | adamw.weight_decay
decoupled weight decay adam | adam.decay
Adam weight_decay is L2? | adam.decay
amsgrad max | amsgrad.maximum
Nadam schedule | nadam.schedule
RMSprop eps inside sqrt | rmsprop.epsilon_in
RMSprop centered | centered_rmsprop.epsilon_in
rmsprop alpha 0.99 rho 0.9 | rmsprop.rho
Adagrad initial accumulator | adagrad.initial
adadelta learning rate | adadelta.learning_rate
SGD momentum learning rate inside | momentum.rate_in
nesterov | nesterov.rate_in
dampening | momentum_step.first
SGD weight decay momentum buffer | momentum_step.decay
clipnorm vs clip_grad_norm_ | clip_norm.scope
global_clipnorm | clip_norm.scope
gradient clipping eps 1e-6 | clip_norm.epsilon
clip_grad_value_ | clip_value.form
gradient accumulation mean or sum | accumulation.reduction
CosineAnnealingLR after T_max | cosine_decay.after_end
ReduceLROnPlateau patience | plateau.waits
ReduceLROnPlateau threshold rel min_delta | plateau.threshold_mode
default weight initialization of Linear | dense.distribution
kaiming uniform default | dense.distribution
glorot uniform dense | dense.distribution
bias initializer of Linear | dense_bias.distribution
conv weights init | conv2d_kernel.distribution
embedding init normal uniform | embedding_table.distribution
trunc_normal_ bounds a b | truncated_normal.cut
he_normal truncated | he_normal.cut
dropout scaling inverted | dropout.scaling
dropout p=1 | dropout.rate_one
dropout without training=True | dropout.default_mode
padding_idx | embedding.padding_gradient
mask_zero | embedding.padding_gradient
embedding index out of range | embedding.outside
negative index embedding | embedding_of_negative.outside
one_hot -1 | one_hot.outside
tf.gather out of bounds | gather.outside
rotary embedding interleaved or rotate_half | rotary_embedding.pairs
RoPE pairs | rotary_embedding.pairs
llama rope permute weights q k | rotary_embedding.pairs
rotary position embedding base 10000 | rotary_embedding.pairs
attn_mask True means | attention.mask_true
key_padding_mask MultiheadAttention bool | multi_head_attention.mask_true
scaled_dot_product_attention fully masked nan | attention.fully_masked
use_scale attention | attention.scale
Linear weight transposed | dense.orientation
dense kernel shape in out | dense.orientation
torch.round half to even | round.half
modulo negative numbers | remainder.sign_of
integer division floor | integer_division.rounding
median even number of elements | median.even
np.float64 default dtype tensor from numpy | from_numpy.dtype
int32 / int32 dtype | int_division.dtype
bfloat16 sum accumulate | sum_bfloat16.accumulator
cumsum precision | cumsum.accumulator
allow_tf32 | tf32_matmul.default
torch.backends.cudnn.allow_tf32 | tf32_convolution.default
TF32 convolution default | tf32_convolution.default
set_float32_matmul_precision | matmul.factors
jax default_matmul_precision | matmul.factors
matmul float32 error how large is normal | matmul.error
rtol atol for float32 matmul | matmul.error
GPU result differs from CPU third digit | matmul.factors
denormals flushed to zero | float32.subnormal
argmax with nan | argmax.form
sqrt nan gradient where | where_sqrt.form
gradient of norm at zero nan | norm.at_zero
batchnrom momentum | batch_norm.momentum_of
lable smoothing | cross_entropy.spread
gradient cliping | clip_norm.scope
initalizer of dense | dense.distribution
embeding padding | embedding.padding_gradient
dropuot rate 1 | dropout.rate_one
momentum batch norm | batch_norm.momentum_of
order gate lstm | lstm.gate_order
interpolate bicubic antialias=True pytorch pillow | resize_cubic_antialias.a
align_corners=True output size 1 | resize_align_corners.single
tf.compat.v1.image.resize bilinear half_pixel_centers False | resize_linear_old.grid
tensorflow 1 resize_bilinear | resize_linear_old.grid
corners align | resize_linear.grid
stride 2 same conv zeros where | conv1d.same
bidirectional concat | bidirectional.backward_order
h_n shape | stacked_rnn.state_of
use_running_average | batch_norm.mode
-inf vs -1e9 | attention.fully_masked
weigth_decay | adam.decay
kaiming uniform a=sqrt(5) | dense.distribution
glorot_uniform | dense.distribution
conv flip kernel | conv1d.orientation
attetion nan row | attention.fully_masked
weight_ih_l0 order | lstm.gate_order
"""
# a name as it is written in a row's code | the row that comes first
WRITTEN = """
in_proj_weight | multi_head_attention.packing
count_include_pad | average_pool2d.divisor
use_running_average | batch_norm.mode
adam epsilon | adam.epsilon
glorot_uniform | dense.distribution
"""
QUESTIONS = [line.split(" | ") for line in ASKED.strip().splitlines()]


@pytest.mark.parametrize("question, id_", QUESTIONS, ids=[question for question, _ in QUESTIONS])
def test_a_question_finds_the_row_that_answers_it(question, id_):
    found = search.find(question)
    shown = [row.id for row in (*found.answers, *found.related)][:SHOWN]
    assert found.answers and id_ in shown, f"{shown}; not known: {found.unknown}; read as: {found.read_as}"


@pytest.mark.parametrize("question, id_", [line.split(" | ") for line in WRITTEN.strip().splitlines()])
def test_the_row_whose_own_code_or_id_has_what_was_written_comes_first(question, id_):
    assert search.find(question).answers[0].id == id_


@pytest.mark.parametrize("id_", atlas())
def test_every_row_is_found_by_its_title(id_):
    found = search.find(atlas()[id_].title)
    assert id_ in [row.id for row in (*found.answers, *found.related)][:SHOWN]


@pytest.mark.parametrize("layer, sisters", [
    ("gelu", {"gelu.approximate", "gelu_operation.approximate", "gelu.constants"}),
    ("leaky_relu", {"leaky_relu.slope", "leaky_relu_layer.slope"}),
], ids=["gelu", "leaky_relu"])
def test_a_layer_does_not_shut_out_its_sisters(layer, sisters):
    assert sisters <= {row.id for row in search.find(layer).answers}


@pytest.mark.parametrize("id_", atlas())
def test_a_question_says_what_it_is_about(id_):
    """It shares a word with the row's title, or with what its layer is called: it is read on its own."""
    row = atlas()[id_]
    told = {*search.stems(row.title), *search.stems(row.layer)} - search.STOP
    assert told & set(search.stems(row.question))


def test_what_stands_under_attention_is_attention():
    assert {row.layer for row in atlas().values() if row.group == "attention"} == {"attention", "multi_head_attention"}


def test_init_is_about_initialisers():
    assert {row.group for row in search.find("init").answers[:SHOWN]} == {"initialiser"}


def test_a_misspelt_word_is_read_as_the_known_one_and_that_is_said():
    assert ("lable", "label") in search.find("lable smoothing").read_as


@pytest.mark.parametrize("question", ["zzqx flibber", "purple elephants", "the of and", "???"])
def test_what_nothing_answers_has_no_answer_but_neighbours(question):
    found = search.find(question)
    assert not found.answers and len(found.related) == search.NEAREST


def test_words_that_no_row_has_are_named():
    assert search.find("batchnorm flibber").unknown == ("flibber",)


def test_one_phrase_stands_for_all_that_is_called_the_same():
    """Where the atlas has any of a line's phrases, every other phrase of that line finds something."""
    for line in SAME:
        found = [phrase for phrase in line if search.find(phrase).answers]
        assert not found or found == list(line), set(line) - set(found)


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.seen)
def test_a_symptom_leads_to_what_can_be_its_cause(symptom):
    """Each row exists, and two frameworks differ on it; asked in the symptom's own words, they are the first answers."""
    cells = view.recorded_cells([atlas()[id_] for id_ in symptom.rows], COLUMNS)
    assert all(len({cell.variant.value for cell in cells[id_].values() if cell.variant}) > 1 for id_ in symptom.rows)
    found = search.find(symptom.seen)
    assert tuple(row.id for row in found.answers[:len(symptom.rows)]) == symptom.rows
