using Tda.Gateway.Configuration;
using Tda.Gateway.Costs;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Costs;

public sealed class BudgetsTests : IDisposable
{
    private static readonly Dictionary<string, string> NoTags = [];

    private readonly FakeTimeProvider _time = new(new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly TempDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void UsedUp_TokensOfADay_FromThenOnUntilMidnight()
    {
        var budgets = Of(new() { Tokens = 10 });

        budgets.Add(Used(6, 3));
        Assert.Null(budgets.UsedUp(null, NoTags, null));
        budgets.Add(Used(1, 0));
        Assert.Equal(("b", TimeSpan.FromHours(12)), budgets.UsedUp(null, NoTags, null));

        _time.Advance(TimeSpan.FromHours(12));
        Assert.Null(budgets.UsedUp(null, NoTags, null));

        // One that began before midnight and ended after it counts for the day that it began in.
        budgets.Add(Used(100, 0) with { StartedAt = _time.GetUtcNow().AddSeconds(-1) });
        Assert.Null(budgets.UsedUp(null, NoTags, null));
    }

    [Fact]
    public void UsedUp_ForEachKey_OneKeysUseIsNotAnothers()
    {
        var budgets = Of(new() { Tokens = 10, Key = "*" });

        budgets.Add(Used(10, 0) with { Client = "k1" });

        Assert.NotNull(budgets.UsedUp("k1", NoTags, null));
        Assert.Null(budgets.UsedUp("k2", NoTags, null));
        Assert.Null(budgets.UsedUp(null, NoTags, null));
    }

    [Theory]
    [InlineData("k1", "search", "gpt-4o-mini", true)]
    [InlineData("k2", "search", "gpt-4o-mini", false)]
    [InlineData("k1", "mail", "gpt-4o-mini", false)]
    [InlineData("k1", "search", "o3", false)]
    public void UsedUp_KeyTagAndModel_AllMustFit(string key, string team, string model, bool usedUp)
    {
        var budgets = Of(new() { Tokens = 10, Key = "k1", Tag = "team=search", Model = "gpt-*" });

        budgets.Add(Used(10, 0) with { Client = "k1", Model = "gpt-4o", Tags = new Dictionary<string, string> { ["team"] = "search" } });

        Assert.Equal(usedUp, budgets.UsedUp(key, new Dictionary<string, string> { ["team"] = team }, model) is not null);
    }

    [Fact]
    public void UsedUp_CostByThePrices_EachTagsValueForItself()
    {
        _home.Write(PriceList.FileName, """{"models":{"m*":{"input":1000000,"output":2000000}}}""");
        var budgets = Of(new() { Cost = 5, Tag = "team=*" });
        Dictionary<string, string> search = new() { ["team"] = "search" }, mail = new() { ["team"] = "mail" };

        budgets.Add(Used(1, 2) with { Tags = search });
        budgets.Add(Used(1, 1) with { Tags = mail });

        Assert.NotNull(budgets.UsedUp(null, search, "m"));
        Assert.Null(budgets.UsedUp(null, mail, "m"));
    }

    [Fact]
    public void UsedUp_MoreValuesThanAreToldApart_TheOthersShareOnePartUntilTheNextDay()
    {
        var budgets = Of(new() { Tokens = 10, Tag = "run=*" });
        Dictionary<string, string> Run(int number) => new() { ["run"] = $"{number}" };
        for (var i = 0; i < 10_000; i++)
        {
            budgets.Add(Used(1, 0) with { Tags = Run(i) });
        }

        budgets.Add(Used(10, 0) with { Tags = Run(20_000) });

        Assert.NotNull(budgets.UsedUp(null, Run(30_000), null));
        Assert.Null(budgets.UsedUp(null, Run(1), null));
        _time.Advance(TimeSpan.FromDays(1));
        budgets.Add(Used(10, 0) with { Tags = Run(20_000) });
        Assert.Null(budgets.UsedUp(null, Run(30_000), null));
        Assert.NotNull(budgets.UsedUp(null, Run(20_000), null));
    }

    [Fact]
    public void UsedUp_TokensThatNobodyCounted_Estimated()
    {
        var budgets = Of(new() { Tokens = 10 });

        budgets.Add(Used(0, 0) with { Usage = null, Status = 429, Prompt = new string('x', 100) });
        Assert.Null(budgets.UsedUp(null, NoTags, null));
        budgets.Add(Used(0, 0) with { Usage = null, Prompt = new string('x', 20), Response = new string('x', 20) });

        Assert.NotNull(budgets.UsedUp(null, NoTags, null));
    }

    [Fact]
    public void Errors_WrongBudgets_AllTold()
    {
        var options = new GatewayOptions
        {
            Upstream = "http://u",
            Sample = .5,
            Costs = new() { Budgets = new Dictionary<string, BudgetOptions> { ["a"] = new(), ["b"] = new() { Tokens = 0, Cost = -1, Per = TimeSpan.FromSeconds(1), Tag = "team" } } },
        };

        Assert.Equal(
            ["costs.budgets", "costs.budgets.a.tokens", "costs.budgets.b.cost", "costs.budgets.b.per", "costs.budgets.b.tag", "costs.budgets.b.tokens"],
            options.Errors().Select(error => error.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Current_FileChangedThenBroken_NewPricesThenThoseWithAProblem()
    {
        var file = _home.Write("p.json", """{"models":{"m":{"input":1,"output":1}}}""");
        var prices = new HeldPrices(file, new(_home.Path), _time);
        Assert.Equal(1m, prices.Current!.Cost("m", 1_000_000, 0));

        _home.Write("p.json", """{"models":{"m":{"input":25,"output":1}}}""");
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(25m, prices.Current!.Cost("m", 1_000_000, 0));

        _home.Write("p.json", """{"models":{"m":{"input":-1,"output":1}}}  """);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(25m, prices.Current!.Cost("m", 1_000_000, 0));
        Assert.Contains(file, prices.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Current_FileChangedWithItsTimeAndLengthKept_NewPrices()
    {
        var file = _home.Write("p.json", """{"models":{"m":{"input":1,"output":1}}}""");
        var written = File.GetLastWriteTimeUtc(file);
        var prices = new HeldPrices(file, new(_home.Path), _time);

        _home.Write("p.json", """{"models":{"m":{"input":2,"output":1}}}""");
        File.SetLastWriteTimeUtc(file, written);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(2m, prices.Current!.Cost("m", 1_000_000, 0));
    }

    private Budgets Of(BudgetOptions budget)
    {
        var live = new LiveOptions(new() { Upstream = "http://u", Costs = new() { Budgets = new Dictionary<string, BudgetOptions> { ["b"] = budget } } });
        return new(live, new HeldPrices(null, new(_home.Path), _time), _time);
    }

    private Exchange Used(long prompt, long completion) => new()
    {
        Id = "x",
        Route = "/v1/chat/completions",
        Method = "POST",
        Path = "/v1/chat/completions",
        StartedAt = _time.GetUtcNow(),
        State = TerminalState.Complete,
        Model = "m-1",
        Usage = new(prompt, completion, prompt + completion),
    };
}
