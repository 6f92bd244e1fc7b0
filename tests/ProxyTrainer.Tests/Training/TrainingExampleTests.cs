using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Tests.Training;

public sealed class TrainingExampleTests
{
    [Fact]
    public void FromDocument_LongerThanContext_SplitsIntoRowsThatBeginWithBos()
    {
        int[] document = [0, 10, 11, 12, 13, 14, 1];
        TrainingExample[] rows = [.. TrainingExample.FromDocument(document, 4, weight: 2, masked: new HashSet<int> { 3, 4 }, penalty: 0.5f)];
        Assert.Equal([[0, 10, 11, 12], [0, 13, 14, 1]], rows.Select(row => row.Tokens));
        Assert.Equal([[0f, 2, 2, -1], [0f, -1, 2, 2]], rows.Select(row => row.LabelWeights));
    }

    [Fact]
    public void FromResponse_Always_LeavesPromptWithoutLoss()
    {
        var example = TrainingExample.FromResponse(0, [5, 6], [7, 8], 1, 16);
        Assert.Equal([0, 5, 6, 7, 8, 1], example.Tokens);
        Assert.Equal([0f, 0, 0, 1, 1, 1], example.LabelWeights);
    }

    [Fact]
    public void FromResponse_TooLong_DropsTheStartOfThePromptFirst()
    {
        Assert.Equal([0, 6, 7, 8, 1], TrainingExample.FromResponse(0, [5, 6], [7, 8], 1, 5).Tokens);
        Assert.Equal([0, 7, 8], TrainingExample.FromResponse(0, [5, 6], [7, 8, 9], 1, 3).Tokens);
    }
}
