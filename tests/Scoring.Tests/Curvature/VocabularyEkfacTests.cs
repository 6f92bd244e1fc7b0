using Tda.ProxyTrainer.Models;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;
using Tda.TestKit;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Curvature;

/// <summary>EK-FAC of LM head, token embedding and tied matrix, against dense float64 references made of each example's own gradient.</summary>
public class VocabularyEkfacTests
{
    private const int Vocabulary = 11;

    private static readonly EkfacOptions Double = new() { DType = ScalarType.Float64, Labels = LabelSource.True };

    private static readonly EkfacOptions Diagonal = Double with { VocabularyBasis = Vocabulary - 1 };

    [Fact]
    public void Covariances_HeadAndEmbedding_EqualSumsOverTokens()
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(ModelFamily.Llama, tied: false);
        var rows = Documents();
        using var sums = Fitter(model, Double).Covariances(rows);
        using var diagonal = Fitter(model, Diagonal).Covariances(rows);
        var (expected, counts) = (zeros([Vocabulary, Vocabulary], dtype: ScalarType.Float64), new double[Vocabulary]);
        for (var r = 0; r < rows.RowCount; r++)
        {
            // s of the logits by hand: softmax − onehot(label), where there is loss.
            var row = rows.Load(r);
            var p = model.Forward(tensor(row.Tokens[..^1].Select(t => (long)t).ToArray(), [1, row.Positions], dtype: ScalarType.Int64)).detach().squeeze(0).softmax(-1);
            for (var t = row.FirstLossPosition; t < row.Positions; t++)
            {
                counts[row.Tokens[t]]++;
                var s = p.select(0, t).clone();
                s.select(0, row.Tokens[t + 1]).sub_(1);
                expected.add_(s.outer(s));
            }
        }

        Numbers.Close(expected, sums.Sums["lm_head.gradient"], 1e-9, "S is the sum of s sᵀ over tokens that carry loss");
        Numbers.Close(diag(expected), diagonal.Sums["lm_head.gradient"], 1e-9, "a wide vocabulary keeps the diagonal of S");
        Assert.Equal(counts, Numbers.Of(sums.Sums["model.embed_tokens.tokens"]));
        Assert.Equal(sums.Tokens, counts.Sum());
        Assert.DoesNotContain("model.embed_tokens.gradient", sums.Sums.Keys);
    }

    [Theory]
    [InlineData(ModelFamily.Llama, false, false)]
    [InlineData(ModelFamily.Llama, false, true)]
    [InlineData(ModelFamily.Gpt2, true, false)]
    [InlineData(ModelFamily.Gpt2, true, true)]
    [InlineData(ModelFamily.GptNeox, false, false)]
    public void Fit_Lambda_IsTheMeanOfEachSequencesSquaredRotatedGradient_AndInvertsAsADenseMatrix(ModelFamily family, bool tied, bool diagonal)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(family, layers: 1, tied: tied);
        var rows = Documents();
        using var factors = Fitter(model, diagonal ? Diagonal : Double).Fit(rows);
        using var preconditioner = new EkfacPreconditioner(factors, new Damping(), ScalarType.Float64, CPU);
        var gradients = Enumerable.Range(0, rows.RowCount).Select(r => LanguageModelReference.WeightGradients(model, rows.Load(r), scope: LayerScope.Tied)).ToArray();
        using var applied = preconditioner.Apply(new ModuleGradients(factors.Modules, [.. gradients[2].Select(g => g.unsqueeze(0))]));
        for (var m = 0; m < factors.Modules.Count; m++)
        {
            var (module, f) = (factors.Modules[m], factors.Factors[m]);
            Assert.Equal(module.Role == LayerRole.Embedding || (diagonal && module.Role != LayerRole.Linear), f.GradientEigenvectors is null);
            var qs = LeftBasis(f, module);
            Numbers.Close(eye(module.Outputs, dtype: ScalarType.Float64), qs.transpose(0, 1).matmul(qs), 1e-12, "orthonormal");
            var lambda = zeros_like(f.Lambda);
            foreach (var g in gradients)
            {
                lambda.add_(qs.transpose(0, 1).matmul(g[m]).matmul(f.ActivationEigenvectors).pow(2));
            }

            Numbers.Close(lambda.div(rows.RowCount), f.Lambda, 1e-9, $"{module}");
            var dense = Dense.Ekfac(f.ActivationEigenvectors, qs, f.Lambda, 0.1 * f.Lambda.mean().item<double>());
            var expected = linalg.solve(dense, gradients[2][m].reshape(-1, 1));
            Numbers.Close(expected, applied.Tensors[m].reshape(-1, 1), 1e-9, $"{module}: dense solve");
            Numbers.Close(
                gradients[2][m].reshape(1, -1).matmul(expected), preconditioner.SelfInfluence(m, gradients[2][m].unsqueeze(0)), 1e-9, $"{module}: self-influence");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fit_BatchSizeOrderAndShards_DontMatter(bool tied)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(ModelFamily.Llama, tied: tied, layers: 1);
        var rows = Documents();
        MemoryRows Some(IEnumerable<int> order) => new([.. order.Select(rows.IdOf)], [.. order.Select((r, i) => rows.Load(r) with { Document = i })]);
        foreach (var options in new[] { Double, Diagonal, Double with { Labels = LabelSource.Sampled, ChunkElements = 1 } })
        {
            var whole = Fitter(model, options, 4000);
            using var covariances = whole.Covariances(rows);
            using var basis = whole.Basis(covariances);
            using var eigenvalues = whole.Eigenvalues(rows, basis);
            var batched = Fitter(model, options, 11);
            var (left, right) = (Some([5, 3, 1]), Some([6, 0, 2, 4]));
            using var merged = batched.Covariances(left);
            using var more = batched.Covariances(right);
            merged.Merge(more);
            using var mergedEigenvalues = batched.Eigenvalues(left, basis);
            using var moreEigenvalues = batched.Eigenvalues(right, basis);
            mergedEigenvalues.Merge(moreEigenvalues);
            foreach (var (expected, actual) in new[] { (covariances, merged), (eigenvalues, mergedEigenvalues) })
            {
                Assert.Equal(expected.Sums.Keys.Order(), actual.Sums.Keys.Order());
                Assert.All(expected.Sums.Keys, name => Numbers.Close(expected.Sums[name], actual.Sums[name], 1e-12, name));
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Kfac_EveryUseOfAWeight_AddsItsKroneckerProduct(bool diagonal)
    {
        using var scope = NewDisposeScope();
        foreach (var tied in new[] { false, true })
        {
            using var model = LanguageModelReference.Create(ModelFamily.Llama, tied: tied, layers: 1);
            var (rows, options) = (Documents(), diagonal ? Diagonal : Double);
            var capture = new GradientCapture(new LanguageModelCapture(model, LayerScope.Tied));
            using var factors = KfacFitter.Fit(capture, rows, options);
            using var sums = new EkfacFitter(capture, options).Covariances(rows);
            foreach (var (module, f) in factors.Modules.Zip(factors.Factors).Where(pair => pair.First.Role != LayerRole.Linear))
            {
                // (tokens/sequences) of S⊗A, and of D⊗Z, of which the basis keeps the diagonal.
                var expected = zeros([module.Elements, module.Elements], dtype: ScalarType.Float64);
                foreach (var (columns, rowSide) in new[] { (".activation", ".gradient"), (".embedded", ".tokens") }.Where(use => sums.Sums.ContainsKey(module.Name + use.Item1)))
                {
                    var side = sums.Sums[module.Name + rowSide];
                    expected.add_(Dense.Kronecker(side.dim() == 1 ? diag(side) : side, sums.Sums[module.Name + columns]).div(sums.Tokens).div(rows.RowCount));
                }

                var q = Dense.Kronecker(LeftBasis(f, module), f.ActivationEigenvectors);
                Numbers.Close(diag(q.transpose(0, 1).matmul(expected).matmul(q)), f.Lambda.flatten(), 1e-9, $"{module}");
                if (module.Role != LayerRole.Tied && !(diagonal && module.Role == LayerRole.Head))
                {
                    Numbers.Close(expected, Dense.Ekfac(f.ActivationEigenvectors, LeftBasis(f, module), f.Lambda, 0), 1e-9, $"{module}: one use is the Kronecker product itself");
                }
            }
        }
    }

    /// <summary>What a basis leaves out of the true matrix, beside its diagonal: decision 0042.</summary>
    [Fact]
    public void Basis_TiedMatrix_LeavesOutLessOfGaussNewtonThanTheHeadsOwn()
    {
        using var scope = NewDisposeScope();
        var (own, both) = (0.0, 0.0);
        for (var seed = 1; seed <= 2; seed++)
        {
            using var model = LanguageModelReference.Create(ModelFamily.Llama, layers: 1, seed: seed);
            var rows = Rows.Random(6, Vocabulary, seed, longest: 6);
            var tied = new LanguageModelCapture(model, LayerScope.Tied).Modules[^1];
            var g = Dense.GaussNewton(rows, row => LanguageModelReference.Open(model, row, LayerScope.Tied));
            var block = g.narrow(0, g.shape[0] - tied.Elements, tied.Elements).narrow(1, g.shape[0] - tied.Elements, tied.Elements);
            var fitter = Fitter(model, Double);
            using var covariances = fitter.Covariances(rows);
            using var basis = fitter.Basis(covariances);
            var (a, s) = (covariances.Sums[tied.Name + ".activation"], covariances.Sums[tied.Name + ".gradient"]);
            both += Left(block, basis.Vectors[^1].Activation, basis.Vectors[^1].Gradient!);
            own += Left(block, linalg.eigh(a).Item2, linalg.eigh(s).Item2);
        }

        Assert.True(both < own, $"both uses {both / 2:F3}, the head's own {own / 2:F3}");
    }

    [Fact]
    public void FactorFile_WithoutAnEigenbasis_ReadsTheIdentityBackForAVocabularyAlone()
    {
        using var scope = NewDisposeScope();
        using var directory = new TempDirectory();
        using var model = LanguageModelReference.Create(ModelFamily.Llama, tied: false, layers: 1);
        var path = Path.Combine(directory.Path, "factors.safetensors");
        using var factors = Fitter(model, Diagonal).Fit(Documents());
        FactorFile.Save(path, factors);
        using var read = FactorFile.Load(path, factors.Modules);
        foreach (var (before, after) in factors.Factors.Zip(read.Factors))
        {
            Assert.Equal(before.GradientEigenvectors is null, after.GradientEigenvectors is null);
            Assert.Equal(Numbers.Of(before.Lambda), Numbers.Of(after.Lambda));
        }

        var linear = Assert.Throws<BadInputException>(() => FactorFile.Load(path, [new ModuleShape("lm_head", 8, Vocabulary, false)]));
        Assert.Contains("lm_head.gradient_eigenvectors", linear.Message);
    }

    [Fact]
    public void CovarianceRows_AVocabularyThatIsNotDecomposed_NeedsNoMoreTokens()
    {
        using var model = LanguageModelReference.Create(ModelFamily.Llama, vocabulary: 300, tied: false, layers: 1);
        var rows = Rows.Random(200, 300);
        int Tokens(EkfacOptions options, LayerScope tracked)
        {
            var sample = new EkfacFitter(new GradientCapture(new LanguageModelCapture(model, tracked)), options with { CovarianceTokens = 3 }).CovarianceRows(rows);
            return Enumerable.Range(0, sample.RowCount).Sum(sample.PositionsOf);
        }

        Assert.Equal(Tokens(Double, LayerScope.Blocks), Tokens(Double with { VocabularyBasis = 299 }, LayerScope.Tied));
        Assert.InRange(Tokens(Double, LayerScope.Tied), 900, 910);
    }

    private static double Left(Tensor g, Tensor qa, Tensor qs)
    {
        var q = Dense.Kronecker(qs, qa);
        var rotated = q.transpose(0, 1).matmul(g).matmul(q);
        return (rotated.sub(diag(diag(rotated))).norm() / rotated.norm()).item<double>();
    }

    private static Tensor LeftBasis(ModuleFactors factors, ModuleShape module) => factors.GradientEigenvectors ?? eye(module.Outputs, dtype: ScalarType.Float64);

    private static EkfacFitter Fitter(LanguageModel model, EkfacOptions options, int batchTokens = 25) =>
        new(new GradientCapture(new LanguageModelCapture(model, LayerScope.Tied), new CaptureOptions { BatchTokens = batchTokens }), options);

    // The second has a prompt.
    private static MemoryRows Documents()
    {
        var rows = Rows.Random(7, Vocabulary);
        return new(
            [.. Enumerable.Range(0, 7).Select(rows.IdOf)],
            [.. Enumerable.Range(0, 7).Select(r => r == 1 ? rows.Load(r) with { FirstLossPosition = 2 } : rows.Load(r))]);
    }
}
