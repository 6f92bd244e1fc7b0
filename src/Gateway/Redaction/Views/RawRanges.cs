namespace Tda.Gateway.Redaction.Views;

/// <summary>The bytes of a body that are to be masked.</summary>
internal sealed class RawRanges
{
    private readonly List<(int Start, int End, string? Name)> _ranges = [];
    private int _matchStart;

    /// <summary>How many ranges there are.</summary>
    public int Count => _ranges.Count;

    /// <summary>The ranges, as they were added.</summary>
    public List<(int Start, int End, string? Name)> All => _ranges;

    /// <summary>The first range of each match.</summary>
    public List<(int Start, int End)> Firsts { get; } = [];

    public void Clear()
    {
        _ranges.Clear();
        Firsts.Clear();
    }

    /// <summary>Begins a match, which may be of several ranges.</summary>
    public void Begin() => _matchStart = _ranges.Count;

    /// <summary>Adds a range of the match; one that goes on where the last ended makes it longer.</summary>
    public void Add(int start, int end)
    {
        if (_ranges.Count > _matchStart && _ranges[^1] is var last && start <= last.End && end >= last.Start)
        {
            _ranges[^1] = (Math.Min(last.Start, start), Math.Max(last.End, end), null);
            return;
        }

        _ranges.Add((start, end, null));
    }

    /// <summary>Ends the match: one that is in one piece gets its name into the mask.</summary>
    public void End(string name)
    {
        if (_ranges.Count > _matchStart)
        {
            Firsts.Add((_ranges[_matchStart].Start, _ranges[_matchStart].End));
        }

        if (_ranges.Count == _matchStart + 1)
        {
            _ranges[^1] = _ranges[^1] with { Name = name };
        }
    }
}
