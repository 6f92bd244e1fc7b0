namespace Tda.Curation.Measures;

/// <summary>Which side of a threshold is good.</summary>
public enum Direction
{
    AtLeast,
    AtMost,
    Equal,
}
