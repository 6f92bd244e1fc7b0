namespace Tda.Gateway.Tests.Security;

/// <summary>Secrets of which each stands in one place only, so that one that turns up says where it got through.</summary>
internal sealed class Canaries
{
    private readonly List<string> _all = [];

    /// <summary>Every one handed out.</summary>
    public string[] All => [.. _all];

    /// <summary>One that only its place gives away: a header's or parameter's name.</summary>
    public string Plain(string place) => Keep($"canary.{place}.{Number()}");

    /// <summary>One shaped like a key.</summary>
    public string Key(string place) => Keep($"sk-canary-{place}-{Number()}");

    /// <summary>An address.</summary>
    public string Email(string place) => Keep($"canary.{place}.{Number()}@mail.example");

    private string Number() => (7_001_000_017L + (_all.Count * 1_000_003L)).ToString(CultureInfo.InvariantCulture);

    private string Keep(string canary)
    {
        _all.Add(canary);
        return canary;
    }
}
