using Tda.Scoring.Planning;

namespace Tda.Scoring.Tests.Planning;

public class AccessScenarioTests
{
    [Theory]
    [InlineData("weights,documents", "S0")]
    [InlineData("architecture,queries,documents,budget", "S1")]
    [InlineData("architecture, documents, budget", "S2")]
    [InlineData("queries,documents,budget", "S3")]
    [InlineData("documents,budget", "S4")]
    [InlineData("architecture,queries,documents", "S5")]
    [InlineData("nothing", "S5")]
    public void Of_WhatIsKnown_IsTheProxyStudysScenario(string known, string name) =>
        Assert.Equal(name, AccessScenario.Of(AccessScenario.Parse(known)).Name);

    [Theory]
    [InlineData("weight")]
    [InlineData("3")]
    [InlineData("queries,none")]
    public void Parse_AnotherWord_IsNamed(string known) =>
        Assert.Contains(known.Split(',')[^1], Assert.Throws<UsageException>(() => AccessScenario.Parse(known)).Message);
}
