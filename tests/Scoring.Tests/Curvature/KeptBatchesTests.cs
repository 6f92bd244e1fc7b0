using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Curvature;

public class KeptBatchesTests
{
    private static readonly EkfacOptions Double = new() { DType = ScalarType.Float64 };

    [Theory]
    [InlineData(0)]
    [InlineData(8_000)]
    [InlineData(1 << 30)]
    public void Fit_WithRoomForNoneSomeOrAll_IsTheSameToTheBitWithFewerForwardPasses(long bytes)
    {
        using var scope = NewDisposeScope();
        var model = new Counting(new TinyModel());
        var capture = new GradientCapture(model, new CaptureOptions { BatchTokens = 20 });
        var rows = Rows.Random(20);
        var batches = RowBatches.Plan(rows, 20).Count;
        using var twice = new EkfacFitter(capture, Double with { KeptBytes = 0 }).Fit(rows);
        Assert.Equal(2 * batches, model.Passes);

        model.Passes = 0;
        using var kept = new EkfacFitter(capture, Double with { KeptBytes = bytes }).Fit(rows);
        Assert.True(bytes switch { 0 => model.Passes == 2 * batches, 8_000 => model.Passes > batches && model.Passes < 2 * batches, _ => model.Passes == batches }, $"{model.Passes} of {batches}");
        for (var m = 0; m < 2; m++)
        {
            Assert.Equal(Numbers.Of(twice.Factors[m].Lambda), Numbers.Of(kept.Factors[m].Lambda));
            Assert.Equal(Numbers.Of(twice.Factors[m].GradientEigenvectors!), Numbers.Of(kept.Factors[m].GradientEigenvectors!));
        }
    }

    [Fact]
    public void Fit_CovariancesOfASample_KeepsNothing()
    {
        using var scope = NewDisposeScope();
        var model = new Counting(new TinyModel());
        var capture = new GradientCapture(model);
        var options = Double with { CovarianceTokens = 8 };
        var (rows, fitter) = (Rows.Random(40), new EkfacFitter(capture, options));
        using var factors = fitter.Fit(rows);
        Assert.Equal(RowBatches.Plan(fitter.CovarianceRows(rows), 2048).Count + RowBatches.Plan(rows, 2048).Count, model.Passes);
    }

    [Fact]
    public void Fit_RowsThatAreNotFinite_AreNamedAndLeftOutAsWithoutKeeping()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        model.Embedding[6, 0] = double.NaN;
        var (rows, named) = (Rows.Random(20), new List<int>());
        using var twice = new EkfacFitter(new GradientCapture(model), Double with { KeptBytes = 0 }).Fit(rows);
        using var kept = new EkfacFitter(new GradientCapture(model), Double).Fit(rows, named.Add);
        Assert.Equal(20 - named.Count, kept.Sequences);
        Assert.Equal(named.Distinct(), named);
        for (var m = 0; m < 2; m++)
        {
            Assert.Equal(Numbers.Of(twice.Factors[m].Lambda), Numbers.Of(kept.Factors[m].Lambda));
        }
    }

    [Fact]
    public void TryVisit_OtherRows_AreNotThere()
    {
        using var scope = NewDisposeScope();
        var capture = new GradientCapture(new TinyModel());
        var rows = Rows.Random(3);
        TokenRow[] all = [rows.Load(0), rows.Load(1), rows.Load(2)];
        using var kept = new KeptBatches(1 << 20);
        kept.Keep(capture.Capture(all, LabelSource.True));
        Assert.False(kept.TryVisit(all[..2], _ => { }));
        Assert.False(kept.TryVisit(all[1..], _ => { }));
        Assert.True(kept.TryVisit(all, batch => Assert.Equal(3, batch.Rows.Count)));
        Assert.False(kept.TryVisit(all, _ => { }));
    }

    [Fact]
    public void Fit_StoppedBetweenPasses_LeavesNoTensorBehind()
    {
        var (model, rows) = (new TinyModel(), Rows.Random(20));
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        using (NewDisposeScope())
        {
            var fitter = new EkfacFitter(new GradientCapture(model, new CaptureOptions { BatchTokens = 20 }), Double);
            var done = 0.0;
            using var cancel = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => fitter.Fit(rows, progress: p =>
            {
                done = p;
                if (p > 25)
                {
                    cancel.Cancel();
                }
            }, cancellation: cancel.Token));
            Assert.InRange(done, 26, 39);
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    /// <summary>Counts forward passes.</summary>
    private sealed class Counting(TinyModel model) : ICaptureModel
    {
        public int Passes { get; set; }

        public IReadOnlyList<ModuleShape> Modules => model.Modules;

        public int MaxPositions => model.MaxPositions;

        public ScalarType DType => model.DType;

        public Device Device => model.Device;

        public ForwardCapture Forward(Tensor ids, bool secondOrder = false)
        {
            Passes++;
            return model.Forward(ids);
        }
    }
}
