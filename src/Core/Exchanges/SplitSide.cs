namespace Tda.Core.Exchanges;

/// <summary>A side of the split between what is learned from and what is measured, see <see cref="ExchangeSplit"/>.</summary>
public enum SplitSide
{
    /// <summary>Learned from.</summary>
    Train,

    /// <summary>Measured, and never learned from.</summary>
    HeldOut,
}
