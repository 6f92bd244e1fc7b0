using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            private static readonly Operator FusedAttention = new("scaled_dot_product_attention");

            /// <summary>
            /// softmax(Q Kᵀ / √d + mask) V over (…, T, d). A bool mask is true where attention is allowed; a float one is added.
            /// </summary>
            /// <param name="p">Dropout probability of the attention weights.</param>
            /// <param name="is_casual">Causal: position t sees positions up to t. The name is misspelled in the API.</param>
            public static Tensor scaled_dot_product_attention(
                Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0, bool is_casual = false)
            {
                if (attn_mask is not null && is_casual)
                    throw new ArgumentException("Give an attention mask or is_casual, not both.");
                return FusedAttention.Exists
                    ? FusedAttention.Call(query, key, value, attn_mask, p, is_casual)
                    : ComposedAttention(query, key, value, attn_mask, p, is_casual);
            }

            /// <summary>For LibTorch before 2.0, which lacks the fused operator.</summary>
            internal static Tensor ComposedAttention(
                Tensor query, Tensor key, Tensor value, Tensor? attn_mask, double p, bool is_casual)
            {
                using var scope = NewDisposeScope();
                var scores = query.matmul(key.transpose(-2, -1)).mul(1 / Math.Sqrt(query.size(-1)));
                if (is_casual)
                {
                    var rows = query.size(-2);
                    var columns = key.size(-2);
                    var future = ones(rows, columns, ScalarType.Bool, query.device).triu(1);
                    scores = scores.masked_fill(future, double.NegativeInfinity);
                }
                else if (attn_mask is { dtype: ScalarType.Bool })
                {
                    scores = scores.masked_fill(attn_mask.logical_not(), double.NegativeInfinity);
                }
                else if (attn_mask is not null)
                {
                    scores = scores.add(attn_mask);
                }
                var weights = scores.softmax(-1);
                if (p > 0)
                    weights = dropout(weights, p);
                return weights.matmul(value).MoveToOuterDisposeScope();
            }
        }
    }
}
