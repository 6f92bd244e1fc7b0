using Tda.ProxyTrainer.Models;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Models;

/// <summary>
/// The families in plain loops over double arrays, one sequence at a time, written from their definitions:
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
    public double[][] Logits(int[] ids) => _config.Family switch
    {
        ModelFamily.Gpt2 => Gpt2(ids),
        ModelFamily.GptNeox => GptNeoX(ids),
        _ => Llama(ids),
    };

    private double[][] Llama(int[] ids)
    {
        var d = _config.HiddenSize;
        double[][] x = [.. ids.Select(id => Row("model.embed_tokens.weight", id, d))];
        for (var layer = 0; layer < _config.Layers; layer++)
        {
            var p = $"model.layers.{layer}.";
            double[][] h = [.. x.Select(v => RmsNorm(v, p + "input_layernorm.weight"))];
            double[][] q = [.. h.Select((v, t) => Rotate(HeadNorm(Linear(v, p + "self_attn.q_proj"), p + "self_attn.q_norm.weight"), t))];
            double[][] k = [.. h.Select((v, t) => Rotate(HeadNorm(Linear(v, p + "self_attn.k_proj"), p + "self_attn.k_norm.weight"), t))];
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

    private double[][] GptNeoX(int[] ids)
    {
        var (d, size) = (_config.HiddenSize, _config.HeadSize);
        double[][] x = [.. ids.Select(id => Row("gpt_neox.embed_in.weight", id, d))];
        for (var layer = 0; layer < _config.Layers; layer++)
        {
            var p = $"gpt_neox.layers.{layer}.";
            double[][] qkv = [.. x.Select(row => Linear(LayerNorm(row, p + "input_layernorm"), p + "attention.query_key_value"))];

            // Head by head its q, k and v.
            double[] Part(double[] row, int part) => [.. Enumerable.Range(0, _config.Heads).SelectMany(head => row[(((head * 3) + part) * size)..(((head * 3) + part + 1) * size)])];
            var mixed = Attend([.. qkv.Select((r, t) => Rotate(Part(r, 0), t))], [.. qkv.Select((r, t) => Rotate(Part(r, 1), t))], [.. qkv.Select(r => Part(r, 2))], _config.Heads);
            double[][] attended = [.. x.Select((row, t) => Sum(row, Linear(mixed[t], p + "attention.dense")))];
            x = [.. attended.Select((row, t) =>
            {
                var h = Linear(LayerNorm(_config.ParallelResidual ? x[t] : row, p + "post_attention_layernorm"), p + "mlp.dense_h_to_4h");
                return Sum(row, Linear([.. h.Select(v => _config.Activation == Activation.Gelu ? Gelu(v) : GeluNew(v))], p + "mlp.dense_4h_to_h"));
            })];
        }

        var head = _config.TieEmbeddings ? "gpt_neox.embed_in" : "embed_out";
        return [.. x.Select(row => Linear(LayerNorm(row, "gpt_neox.final_layer_norm"), head))];
    }

    private double[] HeadNorm(double[] x, string weight) => !_config.QueryKeyNorm
        ? x
        : [.. x.Chunk(_config.HeadSize).SelectMany(head => RmsNorm(head, weight))];

    private double[][] Attend(double[][] q, double[][] k, double[][] v, int keyValueHeads)
    {
        var size = _config.HeadSize;
        var mixed = new double[q.Length][];
        for (var t = 0; t < q.Length; t++)
        {
            mixed[t] = new double[_config.Heads * size];
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
        var part = (int)(size * _config.RotaryShare);
        var rotated = (double[])x.Clone();
        for (var start = 0; start < x.Length; start += size)
        {
            for (var i = 0; i < part / 2; i++)
            {
                var angle = position * Frequency(Math.Pow(_config.RopeTheta, -2.0 * i / part));
                var a = x[start + i];
                var b = x[start + i + (part / 2)];
                rotated[start + i] = (a * Math.Cos(angle)) - (b * Math.Sin(angle));
                rotated[start + i + (part / 2)] = (b * Math.Cos(angle)) + (a * Math.Sin(angle));
            }
        }

        return rotated;
    }

    // As transformers' modeling_rope_utils has them.
    private double Frequency(double frequency)
    {
        if (_config.RopeScaling is not { } scaling || scaling.Type == RopeScalingType.Dynamic)
        {
            return frequency;
        }

        if (scaling.Type == RopeScalingType.Linear)
        {
            return frequency / scaling.Factor;
        }

        var wavelength = 2 * Math.PI / frequency;
        if (wavelength < scaling.OriginalPositions / scaling.HighFrequencyFactor)
        {
            return frequency;
        }

        if (wavelength > scaling.OriginalPositions / scaling.LowFrequencyFactor)
        {
            return frequency / scaling.Factor;
        }

        var smooth = ((scaling.OriginalPositions / wavelength) - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return ((1 - smooth) * frequency / scaling.Factor) + (smooth * frequency);
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

    // Φ by its series: erf is none of .NET's.
    private static double Gelu(double x)
    {
        double term = x, sum = x;
        for (var n = 1; n < 200; n++)
        {
            term *= x * x / ((2 * n) + 1);
            sum += term;
        }

        return x * (0.5 + (Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI) * sum));
    }

    private static double GeluNew(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private double[] Row(string name, int index, int width) => _weights[name][(index * width)..((index + 1) * width)];
}
