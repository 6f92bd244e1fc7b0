using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Models;

/// <summary>The gates against plain loops: g(η) = 2σ(4(w·η + b)) scales a row of a weight and its bias (MR-VAE, 2212.03905).</summary>
public sealed class ResponseGatesTests : IDisposable
{
    private readonly IDisposable _scope = NewDisposeScope();

    public static TheoryData<ModelFamily, bool> Families => LanguageModelTests.Families;

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Families))]
    public void Attach_FreshGates_ComputesWhatThePlainModelDoes(ModelFamily family, bool variant)
    {
        using var plain = TinyModels.Create(family, variant: variant);
        using var gated = ResponseGates.Attach(plain);
        var ids = Ids();

        var logits = gated.Forward(ids, new ForwardOptions { Response = tensor([-1.7, .3]) });

        TinyModels.AssertClose(TinyModels.Values(plain.Forward(ids)), TinyModels.Values(logits), 1e-13);
        Assert.Equal(plain.Config.ParameterCount + (2 * plain.TrackedLinears.Sum(linear => linear.Outputs)), gated.Config.ParameterCount);
        Assert.Equal(plain.BlockMatrixCount, gated.BlockMatrixCount); // Muon has the same matrices, AdamW the gates
        Assert.Equal(plain.MatrixCount, gated.MatrixCount);
    }

    /// <summary>Each row of a batch has its own η. The reference scales rows by hand and computes in loops, one sequence at a time.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Forward_OwnEtaInEachRow_IsThatOfTheModelScaledByHand(ModelFamily family, bool variant)
    {
        using var gated = Gated(family, variant: variant);
        double[] etas = [-1.7, .3];
        var logits = TinyModels.Values(gated.Forward(Ids(), new ForwardOptions { Response = tensor(etas) }));

        double[] expected = [.. etas.SelectMany((eta, row) =>
        {
            using var scaled = TinyModels.Create(family, variant: variant);
            ScaleByHand(gated, scaled, eta);
            return new ReferenceModel(scaled).Logits(Rows[row]).SelectMany(position => position);
        })];

        TinyModels.AssertClose(expected, logits, 1e-9);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Fold_AtAnEta_GivesTheGatedModelsLogits(ModelFamily family, bool variant)
    {
        foreach ((var type, var tolerance) in ((ScalarType, double)[])[(ScalarType.Float64, 1e-12), (ScalarType.Float32, 1e-5)])
        {
            using var gated = Gated(family, type, variant);
            foreach (var eta in (double[])[-1.7, 0, .9])
            {
                using var plain = ResponseGates.Fold(gated, eta);
                Assert.Equal(TinyModels.Config(family, variant), plain.Config);
                var expected = gated.Forward(Ids(), new ForwardOptions { Response = tensor([eta, eta]).to(type) });
                TinyModels.AssertClose(TinyModels.Values(expected), TinyModels.Values(plain.Forward(Ids())), tolerance);

                // From one η to another, as from a file of a model at the centre of its range.
                using var centre = ResponseGates.Fold(gated, 0);
                ResponseGates.Move(centre, ResponseGates.Named(gated), 0, eta);
                TinyModels.AssertClose(TinyModels.Values(expected), TinyModels.Values(centre.Forward(Ids())), tolerance);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Loss_AgainstFiniteDifferences_HasSameGradient(ModelFamily family, bool variant)
    {
        using var gated = Gated(family, variant: variant);
        TrainingExample[] examples = [.. Rows.Select(row => new TrainingExample(row, [.. row.Select((_, i) => i % 3 == 2 ? -1f : 1f)]))];
        var batch = Batch.Collate(examples, [0, 1], CPU, ScalarType.Float64, new(new ResponseRange(.1, 10), 4, 0));
        double Loss() => TokenLoss.Mean(gated, batch, 0).item<double>();
        var gradient = TinyModels.Values(FlatGradient.Of(TokenLoss.Mean(gated, batch, 0), gated));
        foreach (var parameter in gated.Parameters)
        {
            var at = parameter.Offset + (parameter.Tensor.numel() / 2);
            void Add(double step)
            {
                using var gradients = no_grad();
                gated.Flat.narrow(0, at, 1).add_(step);
            }

            Add(1e-5);
            var above = Loss();
            Add(-2e-5);
            var difference = (above - Loss()) / 2e-5;
            Add(1e-5);
            Assert.True(Math.Abs(difference - gradient[at]) < 1e-7 + (1e-6 * Math.Abs(difference)), $"{parameter.Name}: {difference} against {gradient[at]}");
        }
    }

    /// <summary>
    /// Two layers by hand. W₁ = (1 2; 3 4), b₁ = (1, −1), W₂ = (2 −1); gates at η = ¼ ln 3 with w = (1, −1), b = 0 are 2·¾ and 2·¼, and with w = 0,
    /// b = ¼ ln 3 they are 2·¾. x = (1, 1) gives 1½·(3 + 1) = 6 and ½·(7 − 1) = 3, then 1½·(12 − 3) = 13½.
    /// </summary>
    [Fact]
    public void ScaleOutputs_TwoLayersByHand_GiveTheHandsResult()
    {
        var first = new TrackedLinear("first", tensor([1.0, 2, 3, 4], [2, 2]), tensor([1.0, -1]));
        var second = new TrackedLinear("second", tensor([2.0, -1], [1, 2]), null);

        first.ScaleOutputs(tensor([Gate(1, 0, Math.Log(3) / 4), Gate(-1, 0, Math.Log(3) / 4)]));
        second.ScaleOutputs(tensor([Gate(0, Math.Log(3) / 4, Math.Log(3) / 4)]));
        var hidden = first.Weight.mv(tensor([1.0, 1])).add(first.Bias!);

        TinyModels.AssertClose([6, 3], TinyModels.Values(hidden), 1e-15);
        TinyModels.AssertClose([13.5], TinyModels.Values(second.Weight.mv(hidden)), 1e-15);
    }

    [Fact]
    public void Forward_GatedWithoutEta_IsRefused()
    {
        using var gated = Gated(ModelFamily.Llama);
        using var plain = TinyModels.Create(ModelFamily.Llama);

        Assert.Throws<ArgumentException>(() => gated.Forward(Ids()));
        Assert.Throws<ArgumentException>(() => plain.Forward(Ids(), new ForwardOptions { Response = tensor([0.0, 0]) }));
    }

    private static int[][] Rows => [TinyModels.Ids(1, 9), TinyModels.Ids(2, 9)];

    private static Tensor Ids() => TinyModels.Tensor(Rows);

    private static double Gate(double slope, double offset, double eta) => 2 / (1 + Math.Exp(-4 * ((slope * eta) + offset)));

    /// <summary>Gates that are far from 1 and from each other.</summary>
    private static LanguageModel Gated(ModelFamily family, ScalarType type = ScalarType.Float64, bool variant = false)
    {
        using var plain = TinyModels.Create(family, type, variant);
        var gated = ResponseGates.Attach(plain);
        var random = new Random(23);
        using var gradients = no_grad();
        foreach (var gate in gated.Parameters.Where(parameter => ResponseGates.IsGate(parameter.Name)))
        {
            double[] values = [.. Enumerable.Range(0, (int)gate.Tensor.numel()).Select(_ => random.NextDouble() - .5)];
            gate.Tensor.copy_(tensor(values).to(type));
        }

        return gated;
    }

    private static void ScaleByHand(LanguageModel gated, LanguageModel plain, double eta)
    {
        var values = gated.Parameters.ToDictionary(parameter => parameter.Name, parameter => TinyModels.Values(parameter.Tensor));
        using var gradients = no_grad();
        foreach (var linear in plain.TrackedLinears)
        {
            double[] slopes = values[linear.Name + ".gate_slope"], offsets = values[linear.Name + ".gate_offset"];
            double[] gates = [.. slopes.Zip(offsets, (slope, offset) => Gate(slope, offset, eta))];
            double[] weight = [.. values[linear.Name + ".weight"].Select((value, i) => value * gates[i / linear.Inputs])];
            linear.Weight.copy_(tensor(weight, [linear.Outputs, linear.Inputs]));
            linear.Bias?.copy_(tensor([.. values[linear.Name + ".bias"].Select((value, i) => value * gates[i])], [linear.Outputs]));
        }
    }
}
