using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Neural network operations without state.</summary>
        public static partial class functional
        {
            /// <summary>input Wᵀ + b, weights of shape (out, in).</summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => Aten.Linear.Call(input, weights, bias);

            public static Tensor one_hot(Tensor x, long num_classes = -1) => Aten.OneHot.Call(x, num_classes);

            /// <summary>(x − mean) / √(variance + eps) · weight + bias over the last dimensions.</summary>
            public static Tensor layer_norm(
                Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) =>
                Aten.LayerNorm.Call(input, normalized_shape, weight, bias, eps);

            public static Tensor group_norm(Tensor input, long num_groups, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) =>
                Aten.GroupNorm.Call(input, num_groups, weight, bias, eps);

            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12)
            {
                using var norm = Aten.LinalgVectorNorm.Call(input, p, new[] { dim }, true);
                using var floor = norm.clamp_min(eps);
                return input.div(floor);
            }

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                inplace ? Aten.DropoutInPlace.CallInPlace(input, input, p, training) : Aten.Dropout.Call(input, p, training);

            public static Tensor cosine_similarity(Tensor x1, Tensor x2, long dim = 1, double eps = 1e-8) =>
                Aten.CosineSimilarity.Call(x1, x2, dim, eps);

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_() : x.relu();

            /// <summary>x Φ(x), exactly; GPT-2's tanh approximation is not in this API.</summary>
            public static Tensor gelu(Tensor x) => x.gelu();

            public static Tensor silu(Tensor x, bool inplace = false) => inplace ? x.silu_() : x.silu();

            public static Tensor sigmoid(Tensor x) => x.sigmoid();

            public static Tensor logsigmoid(Tensor x) => x.log_sigmoid();

            public static Tensor tanh(Tensor x, bool inplace = false) => inplace ? x.tanh_() : x.tanh();

            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) => x.softplus(beta, threshold);

            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false) =>
                inplace ? Aten.LeakyReluInPlace.CallInPlace(input, input, negative_slope) : input.leaky_relu(negative_slope);

            public static Tensor elu(Tensor x, double alpha, bool inplace = false) =>
                inplace ? Aten.EluInPlace.CallInPlace(x, x, alpha) : x.elu(alpha);
        }
    }
}
