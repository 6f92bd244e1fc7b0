using Tda.ProxyTrainer.Models;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Models;

/// <summary>
/// The two families in plain loops over double arrays, one sequence at a time, written from their definitions:
/// slow, readable, and independent of LibTorch.
/// </summary>
internal sealed class ReferenceModel
{
    private readonly ModelConfig _config;
    private readonly Dictionary<string, double[]> _weights;

    public ReferenceModel(LanguageModel model)
    {
        _config = model.Config;
        _weights = model.Parameters.ToDictionary(p => p.Name, p =>
        {
            using var scope = torch.NewDisposeScope();
            return p.Tensor.detach().to(torch.ScalarType.Float64).contiguous().data<double>().ToArray();
        });
    }

    /// <summary>Logits (T, V).</summary>
    public double[][] Logits(int[] ids) => _config.Family == ModelFamily.Llama ? Llama(ids) : Gpt2(ids);

    private double[][] Llama(int[] ids)
    {
        var d = _config.HiddenSize;
        double[][] x = [.. ids.Select(id => Row("model.embed_tokens.weight", id, d))];
        for (var layer = 0; layer < _config.Layers; layer++)
        {
            var p = $"model.layers.{layer}.";
            double[][] h = [.. x.Select(v => RmsNorm(v, p + "input_layernorm.weight"))];
            double[][] q = [.. h.Select((v, t) => Rotate(Linear(v, p + "self_attn.q_proj"), t))];
            double[][] k = [.. h.Select((v, t) => Rotate(Linear(v, p + "self_attn.k_proj"), t))];
            double[][] v = [.. h.Select(v => Linear(v, p + "self_attn.v_proj"))];
            var mixed = Attend(q, k, v, _config.KeyValueHeads);
            x = [.. x.Select((row, t) => Sum(row, Linear(mixed[t], p + "self_attn.o_proj")))];
            x = [.. x.Select(row =>
            {
                var n = RmsNorm(row, p + "post_attention_layernorm.weight");
                var gate = Linear(n, p + "mlp.gate_proj");
                var up = Linear(n, p + "mlp.up_proj");
                return Sum(row, Linear([.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)], p + "mlp.down_proj"));
            })];
        }

        var head = _config.TieEmbeddings ? "model.embed_tokens" : "lm_head";
        return [.. x.Select(row => Linear(RmsNorm(row, "model.norm.weight"), head))];
    }

    private double[][] Gpt2(int[] ids)
    {
        var d = _config.HiddenSize;
        double[][] x = [.. ids.Select((id, t) => Sum(Row("transformer.wte.weight", id, d), Row("transformer.wpe.weight", t, d)))];
        for (var layer = 0; layer < _config.Layers; layer++)
        {
            var p = $"transformer.h.{layer}.";
            double[][] qkv = [.. x.Select(row => Linear(LayerNorm(row, p + "ln_1"), p + "attn.c_attn"))];
            var mixed = Attend([.. qkv.Select(r => r[..d])], [.. qkv.Select(r => r[d..(2 * d)])], [.. qkv.Select(r => r[(2 * d)..])], _config.Heads);
            x = [.. x.Select((row, t) => Sum(row, Linear(mixed[t], p + "attn.c_proj")))];
            x = [.. x.Select(row => Sum(row, Linear([.. Linear(LayerNorm(row, p + "ln_2"), p + "mlp.c_fc").Select(GeluNew)], p + "mlp.c_proj")))];
        }

        return [.. x.Select(row => Linear(LayerNorm(row, "transformer.ln_f"), "transformer.wte"))];
    }

    private double[][] Attend(double[][] q, double[][] k, double[][] v, int keyValueHeads)
    {
        var size = _config.HeadSize;
        var mixed = new double[q.Length][];
        for (var t = 0; t < q.Length; t++)
        {
            mixed[t] = new double[_config.HiddenSize];
            for (var head = 0; head < _config.Heads; head++)
            {
                var group = head / (_config.Heads / keyValueHeads);
                var score = new double[t + 1];
                for (var s = 0; s <= t; s++)
                {
                    for (var i = 0; i < size; i++)
                    {
                        score[s] += q[t][(head * size) + i] * k[s][(group * size) + i] / Math.Sqrt(size);
                    }
                }

                var top = score.Max();
                var total = score.Sum(s => Math.Exp(s - top));
                for (var s = 0; s <= t; s++)
                {
                    for (var i = 0; i < size; i++)
                    {
                        mixed[t][(head * size) + i] += Math.Exp(score[s] - top) / total * v[s][(group * size) + i];
                    }
                }
            }
        }

        return mixed;
    }

    private double[] Rotate(double[] x, int position)
    {
        var size = _config.HeadSize;
        var rotated = new double[x.Length];
        for (var start = 0; start < x.Length; start += size)
        {
            for (var i = 0; i < size / 2; i++)
            {
                var angle = position / Math.Pow(_config.RopeTheta, 2.0 * i / size);
                var a = x[start + i];
                var b = x[start + i + (size / 2)];
                rotated[start + i] = (a * Math.Cos(angle)) - (b * Math.Sin(angle));
                rotated[start + i + (size / 2)] = (b * Math.Cos(angle)) + (a * Math.Sin(angle));
            }
        }

        return rotated;
    }

    private double[] RmsNorm(double[] x, string weight)
    {
        var scale = 1 / Math.Sqrt(x.Average(v => v * v) + _config.NormEpsilon);
        return [.. x.Select((v, i) => v * scale * _weights[weight][i])];
    }

    private double[] LayerNorm(double[] x, string name)
    {
        var mean = x.Average();
        var scale = 1 / Math.Sqrt(x.Average(v => (v - mean) * (v - mean)) + _config.NormEpsilon);
        return [.. x.Select((v, i) => ((v - mean) * scale * _weights[name + ".weight"][i]) + _weights[name + ".bias"][i])];
    }

    private double[] Linear(double[] x, string name)
    {
        var weight = _weights[name + ".weight"];
        var y = new double[weight.Length / x.Length];
        for (var o = 0; o < y.Length; o++)
        {
            y[o] = _weights.TryGetValue(name + ".bias", out var bias) ? bias[o] : 0;
            for (var i = 0; i < x.Length; i++)
            {
                y[o] += weight[(o * x.Length) + i] * x[i];
            }
        }

        return y;
    }

    private static double GeluNew(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private double[] Row(string name, int index, int width) => _weights[name][(index * width)..((index + 1) * width)];
}
