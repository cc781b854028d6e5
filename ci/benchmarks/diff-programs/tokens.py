"""Cuts texts into words and counts them: `tokens.py ROUNDS`. With SLOWER, some texts are cut twice."""

import sys

SLOWER = False
TEXT = " ".join(f"word{index * 7919 % 1013},{index % 97}" for index in range(3000))


def cut(text):
    words = []
    start = 0
    for position, letter in enumerate(text):
        if letter in " ,":
            words.append(text[start:position])
            start = position + 1
    words.append(text[start:])
    return words


def count(words):
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts


def order(counts):
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def main():
    total = 0
    for number in range(int(sys.argv[1])):
        if SLOWER and number % 7 == 0:
            cut(TEXT)
        total += len(order(count(cut(TEXT))))
    print(total)


main()
