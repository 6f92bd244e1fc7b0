using Tda.ProxyTrainer.Distillation;
using Tda.Scoring.Attribution;
using Tda.Scoring.Methods.Lexical;

namespace Tda.Scoring.Tests.Attribution;

public class AttributionRecipeTests
{
    [Theory]
    [InlineData(41_000, 1_024, 2)]
    [InlineData(128_000, 1_024, 1)]
    [InlineData(1e9, 1_024, 1)]
    [InlineData(1_024, 1_024, 80)]
    [InlineData(0, 1_024, 81_920)]
    public void PassesFor_TokensOfACorpus_AreWholePassesNearestToTheSteps(double tokens, int batch, int passes) =>
        Assert.Equal(passes, AttributionRecipe.PassesFor(tokens, batch));

    [Fact]
    public void Apply_LeavesWhatItSaysNothingOf()
    {
        var asked = new DistillOptions { Seed = 7, Checkpoints = 3, Model = new DistillOptions().Model with { MaxPositions = 64 } };

        var options = new AttributionRecipe(640, [new TokenizerEvidence("BPE 640", 640, 1, 1, 1)], 3).Apply(asked);

        options.Validate();
        Assert.Equal((7, 3, 64), (options.Seed, options.Checkpoints, options.Model.MaxPositions));
        Assert.Equal((640, 640, 1, 3), (options.VocabularySize, options.Model.VocabularySize, options.Model.Layers, options.Training.Epochs));
        Assert.Equal((1, 0, AttributionRecipe.Ensemble), (options.HeldOutFraction, options.DistilWeight, options.Ensemble));
    }
}
