using FsCheck.Fluent;
using Tda.TestKit;

namespace Tda.Core.Tests.Corpora;

public class RowSplitterTests
{
    [Fact]
    public void Split_AnyLength_EveryLabelTokenIsInExactlyOneRowThatFits()
    {
        var cases = from length in Gen.Choose(2, 200) from context in Gen.Choose(2, 60) select (length, context);
        Property.Holds(cases, c =>
        {
            Row[] rows = [.. RowSplitter.Split(7, c.length, c.context)];
            Assert.Equal(Enumerable.Range(1, c.length - 1), rows.SelectMany(row => Enumerable.Range(row.Start, row.Length)));
            Assert.All(rows, row =>
            {
                Assert.InRange(row.Length + 1, 2, c.context);
                Assert.Equal(7, row.Document);
            });
        });
    }

    [Fact]
    public void Tokens_SecondRow_StartsWithBos()
    {
        uint[] sequence = [100, 1, 2, 3, 4, 101];
        Assert.Equal([100, 1, 2], RowSplitter.Tokens(sequence, new Row(0, 1, 2)));
        Assert.Equal([100, 3, 4], RowSplitter.Tokens(sequence, new Row(0, 3, 2)));
        Assert.Equal([100, 101], RowSplitter.Tokens(sequence, new Row(0, 5, 1)));
    }

    [Fact]
    public void Split_ImpossibleSizes_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => RowSplitter.Split(0, 5, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => RowSplitter.Split(0, 1, 5));
    }
}
