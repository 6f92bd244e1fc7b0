using System.Security.Cryptography;
using FsCheck.Fluent;
using Tda.Gateway.Capture;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Budget;

public class MemoryBudgetTests
{
    private const long Size = 64 << 20;
    private static readonly byte[] Piece = new byte[4 << 20];

    [Fact]
    public void TryHold_MoreThanThreeEighths_FalseAndNothingIsTakenAndTheLastIsForSmallBodies()
    {
        const long large = Size / 8 * 3 / 8 * 7;
        var budget = new MemoryBudget(Size);

        Assert.True(budget.TryHold(large));
        Assert.False(budget.TryHold(1 << 20));
        for (var small = 0; small < Size / 8 * 3 - large; small += 16 << 10)
        {
            Assert.True(budget.TryHold(16 << 10));
        }

        Assert.False(budget.TryHold(1));
        Assert.Equal(Size / 8 * 3, budget.Used);
        budget.Release(Size / 8 * 3);
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public async Task TurnAsync_MoreThanThereIs_WaitsAndComesInTheOrderOfAsking()
    {
        var budget = new MemoryBudget(Size);
        var first = await budget.TurnAsync(long.MaxValue);
        var second = budget.TurnAsync(Size).AsTask();
        var third = budget.TurnAsync(1).AsTask();

        Assert.Equal((false, false, (MemoryTurn?)null), (second.IsCompleted, third.IsCompleted, budget.TryTurn(1)));
        first.GiveBack(2);
        Assert.Equal((false, false), (second.IsCompleted, third.IsCompleted));
        first.Dispose();
        (await second).Dispose();
        (await third).Dispose();
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public void Used_AnyOrderOfTakingAndGivingBack_NeverMoreThanTheBudgetAndZeroAtTheEnd() => Property.Holds(
        Gen.Choose(0, 1 << 30).ListOf(200),
        steps =>
        {
            var budget = new MemoryBudget(Size);
            var held = new List<HeldBytes>();
            var turns = new List<MemoryTurn?>();
            foreach (var step in steps)
            {
                switch (step % 5)
                {
                    case 0 or 1:
                        held.Add(new(int.MaxValue, budget));
                        held[^1].Append(Piece.AsSpan(0, step % Piece.Length));
                        break;
                    case 2:
                        turns.Add(budget.TryTurn(step % Size));
                        break;
                    case 3 when held.Count > 0:
                        held[step % held.Count].Append(Piece.AsSpan(0, step % (1 << 20)));
                        break;
                    default:
                        held.ElementAtOrDefault(step % Math.Max(1, held.Count))?.Dispose();
                        turns.ElementAtOrDefault(step % Math.Max(1, turns.Count))?.GiveBack(step % Size);
                        break;
                }

                Assert.InRange(budget.Used, 0, Size);
            }

            held.ForEach(one => one.Dispose());
            turns.ForEach(turn => turn?.Dispose());
            Assert.Equal(0, budget.Used);
        });

    [Fact]
    public void Append_BudgetUsedUp_KeepsTheBeginningAndTheHashOfAll()
    {
        var budget = new MemoryBudget(Size);
        var all = RandomNumberGenerator.GetBytes((int)Size / 2);
        using (var other = new BodyCapture(int.MaxValue, budget))
        {
            other.Append(new byte[8 << 20]);
            using var capture = new BodyCapture(int.MaxValue, budget);
            foreach (var piece in all.Chunk(100_000))
            {
                capture.Append(piece);
            }

            Assert.Equal((all.LongLength, Convert.ToHexStringLower(SHA256.HashData(all))), (capture.Length, capture.Sha256()));
            Assert.InRange(capture.Kept.Length, 1 << 20, 16 << 20);
            Assert.True(all.AsSpan().StartsWith(capture.Kept.Span));
        }

        Assert.Equal(0, budget.Used);
    }
}
