using FsCheck.Fluent;
using Tda.TestKit;

namespace Tda.Core.Tests.TestKit;

public class PropertyTests
{
    [Fact]
    public void Holds_SameSeed_GivesTheSameCases()
    {
        List<int> First() { var seen = new List<int>(); Property.Holds(ArbMap.Default.ArbFor<int>(), seen.Add); return seen; }
        Assert.Equal(First(), First());
        Assert.True(First().Distinct().Count() > 20);
    }

    [Fact]
    public void Holds_FalseProperty_Throws() => Assert.ThrowsAny<Exception>(() => Property.Holds(ArbMap.Default.ArbFor<int>(), value => Assert.InRange(value, -5, 5)));
}
