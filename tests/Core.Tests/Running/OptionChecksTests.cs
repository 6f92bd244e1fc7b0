namespace Tda.Core.Tests.Running;

public class OptionChecksTests
{
    [Fact]
    public void Throw_SeveralErrors_NamesAllAtOnce()
    {
        var checks = new OptionChecks()
            .Between("rank", 0, 1, 4096).AtLeast("queries", double.PositiveInfinity, 1).Above("tolerance", 0, 0)
            .Require(false, "share", .5, "below .5").With(["another error"]);
        var error = Assert.Throws<UsageException>(() => checks.Throw("The plan's"));
        Assert.Equal(
            "The plan's options are wrong: rank is 0; it must be between 1 and 4,096; queries is ∞; it must be at least 1; " +
            "tolerance is 0; it must be above 0; share is 0.5; it must be below .5; another error.",
            error.Message.Replace("Infinity", "∞", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    public void Between_Bounds_AreAllowed(double value) => Assert.Empty(new OptionChecks().Between("rank", value, 1, 4096).Errors);

    [Fact]
    public void NotANumber_NeverPasses_AndNullDoes()
    {
        var checks = new OptionChecks().Between("a", double.NaN, 0, 1).AtLeast("b", double.NaN, 0).Above("c", double.NaN, 0).Above("d", null, 0);
        Assert.Equal(3, checks.Errors.Count);
    }
}
