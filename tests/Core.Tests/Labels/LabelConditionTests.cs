namespace Tda.Core.Tests.Labels;

public sealed class LabelConditionTests
{
    [Theory]
    [InlineData("toxic>=.5", "toxic", LabelComparison.AtLeast, .5)]
    [InlineData("toxic > 0.25", "toxic", LabelComparison.Above, .25)]
    [InlineData("a-b.c<=1", "a-b.c", LabelComparison.AtMost, 1)]
    [InlineData("toxic<.5", "toxic", LabelComparison.Below, .5)]
    [InlineData("toxic", "toxic", LabelComparison.AtLeast, .5)]
    public void Parse_Condition_IsRead(string text, string label, LabelComparison comparison, double value)
    {
        var condition = LabelCondition.Parse(text);

        Assert.Equal(new LabelCondition(label, new LabelBound(comparison, value)), condition);
        Assert.Equal(condition, LabelCondition.Parse(condition.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData(">=.5")]
    [InlineData("toxic>=")]
    [InlineData("toxic>=2")]
    [InlineData("toxic>=NaN")]
    [InlineData("toxic<much")]
    public void Parse_NoCondition_IsRefused(string text) => Assert.Throws<UsageException>(() => LabelCondition.Parse(text));

    [Fact]
    public void Complement_AnyValue_HoldsWhereTheOtherDoesNot()
    {
        foreach (var sign in (string[])[">=", ">", "<=", "<"])
        {
            var condition = LabelCondition.Parse($"x{sign}.5");
            Assert.All((double[])[0, .4999, .5, .5001, 1], value => Assert.NotEqual(condition.Holds(value), condition.Complement.Holds(value)));
            Assert.Equal(condition, condition.Complement.Complement);
        }
    }

    [Theory]
    [InlineData("NEGATIVE", "negative")]
    [InlineData("Hate speech / threats", "hate_speech___threats")]
    [InlineData(" ", "_")]
    public void NameOf_AnyText_IsAName(string text, string name)
    {
        Assert.Equal(name, LabelCondition.NameOf(text));
        Assert.True(LabelCondition.IsName(name));
    }
}
