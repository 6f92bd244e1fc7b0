namespace Tda.Gateway.Costs;

/// <summary>
/// The prices in memory. The file is read again every ten seconds while they are used, whatever its time says, as with
/// <see cref="Security.HeldSecret"/>; one that can't be read leaves the old ones in use.
/// </summary>
internal sealed class HeldPrices
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    private readonly string _path;
    private readonly bool _named;
    private readonly TimeProvider _time;
    private Held _held;

    /// <param name="path">The file that the configuration names; null takes the home's, if it is there.</param>
    /// <param name="home">The home.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="BadInputException">The file can't be used.</exception>
    public HeldPrices(string? path, TdaHome home, TimeProvider time)
    {
        _path = path ?? Path.Combine(home.Root, PriceList.FileName);
        _named = path is not null;
        _time = time;
        _held = new(Read(), time.GetTimestamp(), null);
    }

    /// <summary>Why the last look failed; null when it didn't.</summary>
    public string? Problem => Volatile.Read(ref _held).Problem;

    /// <summary>The prices; null where there are none.</summary>
    public PriceList? Current
    {
        get
        {
            var held = Volatile.Read(ref _held);
            var now = _time.GetTimestamp();
            if (_time.GetElapsedTime(held.At, now) < LookAgain)
            {
                return held.Prices;
            }

            try
            {
                held = new(Read(), now, null);
            }
            catch (BadInputException error)
            {
                held = held with { At = now, Problem = $"the prices are the old ones: {error.Message}" };
            }

            Volatile.Write(ref _held, held);
            return held.Prices;
        }
    }

    private PriceList? Read() => _named || File.Exists(_path) ? PriceList.Read(_path) : null;

    private sealed record Held(PriceList? Prices, long At, string? Problem);
}
