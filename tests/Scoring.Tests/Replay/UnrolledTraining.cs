using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Replay;

/// <summary>
/// The slow reference: a few steps of training as one graph, from a weight on every example's loss to a query's loss after the last step, which
/// LibTorch differentiates at once. GPT-2's forward pass and the optimisers' formulas are written out once more, one example and one matrix at a
/// time, as functions of tensors.
/// </summary>
internal sealed class UnrolledTraining(LanguageModel model, IReadOnlyList<TrainingExample> examples, TrainingOptions options)
{
    /// <summary>∂loss(query)/∂w of every example, at w = 1.</summary>
    public double[] Derivatives(TrainingExample query)
    {
        var w = ones(examples.Count, ScalarType.Float64).requires_grad_(true);
        var theta = model.Parameters.ToDictionary(p => p.Name, p => p.Tensor.detach().clone().requires_grad_(true));
        var m = theta.ToDictionary(p => p.Key, p => options.Optimizer == OptimizerKind.ScheduleFree ? p.Value : zeros_like(p.Value));
        var v = theta.ToDictionary(p => p.Key, p => zeros_like(p.Value));
        var plan = Trainer.Plan(examples, options);
        var steps = Math.Min(plan.Count, options.MaxSteps ?? plan.Count);
        var schedule = new LearningRateSchedule(options.LearningRate, steps, options.WarmupFraction, options.FinalLearningRateFraction);
        var (sum, highest) = (0.0, 0.0);
        for (var step = 0; step < steps; step++)
        {
            var at = options.Optimizer == OptimizerKind.ScheduleFree
                ? theta.ToDictionary(p => p.Key, p => (options.Beta1 * p.Value) + ((1 - options.Beta1) * m[p.Key])) : theta;
            var labels = plan[step].Sum(row => examples[row].LabelCount);
            var loss = plan[step].Select(row => w[row] * Loss(at, examples[row])).Aggregate((a, b) => a + b) / labels;
            string[] names = [.. at.Keys];
            var gradients = autograd.grad([loss], [.. names.Select(name => at[name])], retain_graph: true, create_graph: true);
            var norm = gradients.Select(g => g.square().sum()).Aggregate((a, b) => a + b).sqrt();
            var scale = norm.item<double>() > options.GradientClip ? options.GradientClip / norm : ones_like(norm);
            var rate = schedule.At(step);
            highest = Math.Max(highest, rate);
            var weight = Math.Pow(step + 1, .75) * highest * highest;
            sum += weight;
            var next = new Dictionary<string, Tensor>();
            for (var i = 0; i < names.Length; i++)
            {
                var (name, g) = (names[i], gradients[i] * scale);
                next[name] = Step(name, theta[name], at[name], g, m, v, rate, step + 1, weight / sum);
            }

            theta = next;
        }

        var by = autograd.grad([Loss(theta, query)], [w])[0];
        return by.data<double>().ToArray();
    }

    private Tensor Step(
        string name, Tensor theta, Tensor y, Tensor g, Dictionary<string, Tensor> m, Dictionary<string, Tensor> v, double rate, int k, double share)
    {
        var (b1, b2, decay) = (options.Beta1, options.Beta2, theta.dim() > 1 ? options.WeightDecay : 0);
        v[name] = (b2 * v[name]) + ((1 - b2) * g.square());
        var squares = v[name] / (1 - Math.Pow(b2, k));
        // Positions that no row reaches have no gradient at all: they stay where they are, and nothing is differentiated through a root of 0.
        var root = where(squares.detach() == 0, zeros_like(squares), where(squares.detach() == 0, ones_like(squares), squares).sqrt()) + options.Epsilon;
        if (options.Optimizer == OptimizerKind.ScheduleFree)
        {
            m[name] = m[name] - (rate * decay * y) - (rate * g / root);
            return ((1 - share) * theta) + (share * m[name]);
        }

        if (options.Optimizer == OptimizerKind.Muon && model.TrackedLinears.Any(l => l.Name + ".weight" == name))
        {
            m[name] = (options.MuonMomentum * m[name]) + ((1 - options.MuonMomentum) * g);
            var x = ((1 - options.MuonMomentum) * g) + (options.MuonMomentum * m[name]);
            var tall = x.shape[0] > x.shape[1];
            x = tall ? x.t() : x;
            x = x / (x.norm() + 1e-7);
            for (var i = 0; i < 5; i++)
            {
                var a = x.mm(x.t());
                x = ((double)3.4445f * x) + (((double)-4.7750f * a) + ((double)2.0315f * a.mm(a))).mm(x);
            }

            var scale = Math.Sqrt(Math.Max(1, theta.shape[0] / (double)theta.shape[1]));
            return theta - (rate * options.MuonLearningRate / options.LearningRate * scale * (tall ? x.t() : x));
        }

        m[name] = (b1 * m[name]) + ((1 - b1) * g);
        return ((1 - (rate * decay)) * theta) - (rate * (m[name] / (1 - Math.Pow(b1, k))) / root);
    }

    /// <summary>The summed loss of one example under GPT-2's formulas.</summary>
    private Tensor Loss(Dictionary<string, Tensor> theta, TrainingExample example)
    {
        var config = model.Config;
        Tensor P(string name) => theta.Single(p => p.Key.EndsWith(name, StringComparison.Ordinal)).Value;
        var ids = tensor(example.Tokens[..^1].Select(t => (long)t).ToArray());
        var (time, width) = (ids.shape[0], config.HiddenSize);
        Tensor Norm(Tensor input, string name)
        {
            var centred = input - input.mean([1L], keepdim: true);
            return (centred / (centred.square().mean([1L], keepdim: true) + config.NormEpsilon).sqrt() * P(name + ".weight")) + P(name + ".bias");
        }

        Tensor Linear(Tensor input, string name) => input.mm(P(name + ".weight").t()) + P(name + ".bias");
        var x = P("wte.weight").index_select(0, ids) + P("wpe.weight").narrow(0, 0, time);
        var mask = full([time, time], double.NegativeInfinity, ScalarType.Float64).triu(1);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var qkv = Linear(Norm(x, $"h.{layer}.ln_1"), $"h.{layer}.attn.c_attn");
            var size = width / config.Heads;
            var heads = Enumerable.Range(0, config.Heads).Select(h =>
            {
                Tensor Part(int which) => qkv.narrow(1, (which * width) + (h * size), size);
                return nn.functional.softmax((Part(0).mm(Part(1).t()) / Math.Sqrt(size)) + mask, 1).mm(Part(2));
            });
            x = x + Linear(cat([.. heads], 1), $"h.{layer}.attn.c_proj");
            var inner = Linear(Norm(x, $"h.{layer}.ln_2"), $"h.{layer}.mlp.c_fc");
            var gelu = 0.5 * inner * (1 + (Math.Sqrt(2 / Math.PI) * (inner + (0.044715 * inner.pow(3)))).tanh());
            x = x + Linear(gelu, $"h.{layer}.mlp.c_proj");
        }

        var head = theta.FirstOrDefault(p => p.Key.EndsWith("lm_head.weight", StringComparison.Ordinal)).Value ?? P("wte.weight");
        var logs = nn.functional.log_softmax(Norm(x, "ln_f").mm(head.t()), 1);
        return -logs.gather(1, tensor(example.Tokens[1..].Select(t => (long)t).ToArray()).unsqueeze(1)).sum();
    }
}
